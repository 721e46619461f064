/**
 * The one form of a path that is matched and forwarded, so that no rule can be walked around by spelling a path
 * differently. In this order:
 *
 * 1. a backslash is a slash, as for every URL parser (%5C stays what it is);
 * 2. percent-encoded letters, digits, "-", ".", "_" and "~" are decoded; other percent-encoding is kept, in upper case;
 *    a "%" that encodes nothing becomes %25, so that decoding once more finds nothing new;
 * 3. what may not stand in a path is percent-encoded, as UTF-8;
 * 4. "." and ".." are resolved, and an empty element is an element;
 * 5. unless told otherwise, slashes in a row become one, since most origins take them for one.
 *
 * The form of a form is the form itself.
 *
 * Source: RFC 3986, sections 2.3, 5.2.4 and 6.2.2; the WHATWG URL standard for 1 and 3.
 */
export function normalPath(path: string, mergeSlashes: boolean): string {
  if (!UNUSUAL.test(path)) return path;
  let normal = path;
  if (/[^!$&-;=@-Z[\]_a-z|~]/.test(normal)) normal = encode(decodeUnreserved(normal.replaceAll("\\", "/")));
  if (/\/\./.test(normal)) normal = resolveDots(normal);
  return mergeSlashes ? normal.replaceAll(/\/{2,}/g, "/") : normal;
}

/** What most paths have none of: one look tells them apart. */
const UNUSUAL = /\/[./]|[^!$&-;=@-Z[\]_a-z|~]/;

function decodeUnreserved(path: string): string {
  return path.replaceAll(/%([0-9A-Fa-f]{2})?/g, (_, hex: string | undefined) => {
    if (hex === undefined) return "%25";
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9._~-]/.test(char) ? char : `%${hex.toUpperCase()}`;
  });
}

function encode(path: string): string {
  return path.replaceAll(/[^!$%&-;=@-Z[\]_a-z|~]+/g, (text) => encodeURIComponent(text.toWellFormed()));
}

/** As URL parsers do: one step up takes an empty element too, and nothing is above the root. */
function resolveDots(path: string): string {
  const elements: string[] = [];
  const parts = path.split("/");
  for (let i = 1; i < parts.length; i += 1) {
    const isLast = i === parts.length - 1;
    const part = parts[i]!;
    if (part === "..") elements.pop();
    if (part !== ".." && part !== ".") elements.push(part);
    else if (isLast) elements.push("");
  }
  return `/${elements.join("/")}`;
}
