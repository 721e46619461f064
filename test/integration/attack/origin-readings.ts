/**
 * How servers read the path of a request line before they look for what it names. Each is written by itself, from what its
 * server does, and shares nothing with the mesh's own readings: what is tested is that those take these in.
 */

export interface Reader {
  readonly name: string;
  /** The path as it is looked up; null where the server refuses it. */
  readonly read: (target: string) => string | null;
}

/** Percent-decoding byte for byte; an escape that is none stays. */
function decoded(text: string): string {
  return text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function resolved(path: string): string {
  const elements: string[] = [];
  for (const element of path.split("/").slice(1)) {
    if (element === "..") elements.pop();
    else if (element !== ".") elements.push(element);
  }
  return `/${elements.join("/")}`;
}

const merged = (path: string) => path.replaceAll(/\/+/g, "/");
const pathOf = (target: string) => target.split("?")[0]!;
const withoutParameters = (path: string) => path.replaceAll(/;[^/]*/g, "");
/** What decoders do that never check for the shortest form. */
const lenient = (bytes: string) =>
  bytes
    .replaceAll(/[\xc0\xc1][\x80-\xbf]/g, (two) =>
      String.fromCharCode(((two.charCodeAt(0) & 0x1f) << 6) | (two.charCodeAt(1) & 0x3f)),
    )
    .replaceAll(/\xe0[\x80\x81][\x80-\xbf]/g, (three) =>
      String.fromCharCode(((three.charCodeAt(1) & 0x3f) << 6) | (three.charCodeAt(2) & 0x3f)),
    );

export const READERS: readonly Reader[] = [
  { name: "a router on the raw path", read: (target) => pathOf(target) },
  { name: "a router that ignores empty elements", read: (target) => merged(pathOf(target)) },
  { name: "the URL parser of browsers and Node", read: (target) => new URL(`http://origin${pathOf(target)}`).pathname },
  {
    name: "the same, decoded",
    read: (target) => decoded(new URL(`http://origin${pathOf(target)}`).pathname),
  },
  { name: "nginx: decode, merge, resolve", read: (target) => resolved(merged(decoded(pathOf(target)))) },
  {
    name: "Tomcat: parameters off, decode, resolve",
    read: (target) => resolved(merged(decoded(withoutParameters(pathOf(target))))),
  },
  {
    name: "Spring of old: decode, parameters off, resolve",
    read: (target) => resolved(merged(withoutParameters(decoded(pathOf(target))))),
  },
  {
    name: "Jetty of old: resolve, parameters off, decode",
    read: (target) => decoded(merged(withoutParameters(resolved(pathOf(target))))),
  },
  {
    name: "IIS with allowDoubleEscaping: decode twice, backslashes, resolve",
    read: (target) => resolved(merged(decoded(decoded(pathOf(target))).replaceAll("\\", "/"))),
  },
  {
    name: "a proxy and a server behind it that each decode and resolve",
    read: (target) => resolved(merged(decoded(resolved(merged(decoded(pathOf(target))))).replaceAll("\\", "/"))),
  },
  {
    name: "Apache's mod_rewrite before 2.4.60: decode, then up to the question mark",
    read: (target) => resolved(merged(pathOf(decoded(pathOf(target))))),
  },
  {
    name: "a handler that takes the decoded path for a URL",
    read: (target) => resolved(merged(pathOf(decoded(pathOf(target))).split("#")[0]!)),
  },
  {
    name: "a program in C: decode, up to NUL, resolve",
    read: (target) => resolved(merged(decoded(pathOf(target)).split("\0")[0]!)),
  },
  {
    name: "a decoder that takes overlong UTF-8",
    read: (target) => resolved(merged(lenient(decoded(pathOf(target))).replaceAll("\\", "/"))),
  },
];
