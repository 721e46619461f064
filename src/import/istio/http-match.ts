/**
 * Matches of a VirtualService's HTTP routes.
 *
 * A condition that cannot be carried over takes its whole match with it: without the condition the match would take
 * requests that were meant for others.
 */
import { matchSchema } from "../../config/schema/matches.ts";
import { HTTP_METHODS } from "../../config/schema/names.ts";
import { faultsOf, type MatchDraft, type NamedMatchDraft, type PathDraft } from "../proxy/draft.ts";
import { patternFault, patternFits } from "../proxy/pattern.ts";
import type { SourceNode } from "../proxy/source-node.ts";

/** What of a request is known by where it comes in. */
export interface Entrance {
  /** `namespace/name` of the gateways that the route is bound to there, or "mesh". */
  readonly gateways: readonly string[];
  /** Null: any. */
  readonly port: number | null;
  readonly scheme: "http" | "https" | null;
}

interface StringMatch {
  readonly type: "exact" | "prefix" | "regex";
  readonly value: string;
}

/**
 * The match as Heddle's, of which any has to fit; none when it cannot fit at this entrance, or cannot be carried over.
 *
 * - `namespace`: of the VirtualService, for the names of gateways.
 */
export function readMatch(node: SourceNode, entrance: Entrance, namespace: string): readonly MatchDraft[] {
  node.ignore("name", "statPrefix");
  if (isForOthers(node, entrance, namespace)) {
    node.pass();
    return [];
  }
  node.claim();
  const lost = ["sourceLabels", "sourceNamespace"].filter((name) => node.has(name));
  for (const name of lost) node.drop(name, "callers of an edge have no labels and no namespace; the match is left out");
  const scheme = readScheme(node, entrance);
  const path = readPath(node);
  const methods = readMethods(node);
  const headers = [
    ...named(node, "headers", { isHeader: true, invert: false }),
    ...named(node, "withoutHeaders", { isHeader: true, invert: true }),
    ...authority(node),
  ];
  const queryParams = named(node, "queryParams", { isHeader: false, invert: false });
  const parts = [path, methods, ...headers, ...queryParams];
  if (lost.length > 0 || !scheme || parts.includes(null)) return [];
  const draft: MatchDraft = {
    ...(path !== null && path !== undefined && { path }),
    ...(headers.length > 0 && { headers: headers as NamedMatchDraft[] }),
    ...(queryParams.length > 0 && { queryParams: queryParams as NamedMatchDraft[] }),
  };
  const fault = faultsOf(matchSchema, draft)[0];
  if (fault !== undefined) {
    node.note("", `${fault.path} ${fault.message}; the match is left out`);
    return [];
  }
  return methods === undefined ? [draft] : methods!.map((method) => ({ ...draft, method }));
}

/** Whether the match names another gateway, port or scheme than where the request comes in. */
function isForOthers(node: SourceNode, { gateways, port, scheme }: Entrance, namespace: string): boolean {
  const wanted = node.texts("gateways").map((name) => gatewayName(name, namespace));
  if (wanted.length > 0 && !wanted.some((name) => gateways.includes(name))) return true;
  const wantedPort = node.number("port");
  if (wantedPort !== undefined && port !== null && wantedPort !== port) return true;
  const wantedScheme = node.object("scheme")?.text("exact");
  return wantedScheme !== undefined && scheme !== null && wantedScheme !== scheme;
}

/** `mesh`, or `namespace/name`. */
export function gatewayName(name: string, namespace: string): string {
  if (name === "mesh" || name.includes("/")) return name;
  const [short, owner] = name.split(".");
  return owner === undefined ? `${namespace}/${name}` : `${owner}/${short}`;
}

/** False when the scheme decides and is not known. */
function readScheme(node: SourceNode, { scheme }: Entrance): boolean {
  const match = node.object("scheme");
  if (match === undefined) return true;
  const wanted = readString(match);
  if (wanted?.type === "exact" && scheme !== null) return true;
  node.note("scheme", "is known by the listener alone, and only exactly; the match is left out");
  return false;
}

/** Undefined: nothing is said of it. Null: cannot be carried over; that is noted. */
function readPath(node: SourceNode): PathDraft | undefined | null {
  const uri = node.object("uri");
  const ignoreCase = node.flag("ignoreUriCase") === true;
  const match = uri === undefined ? undefined : readString(uri);
  if (uri === undefined || match === undefined) return undefined;
  const caseless = ignoreCase ? ({ ignoreCase: true } as const) : {};
  if (match.type === "exact") return { type: "Exact", value: match.value, ...caseless };
  if (match.type === "prefix") return { type: "StringPrefix", value: match.value, ...caseless };
  const fault = patternFault(match.value);
  if (fault === null) return { type: "RegularExpression", value: match.value };
  uri.note("regex", `${fault}; the match is left out`);
  return null;
}

/** Every method that fits, of those that Heddle knows; undefined for all, null when there is none. */
function readMethods(node: SourceNode): readonly string[] | undefined | null {
  const method = node.object("method");
  const match = method === undefined ? undefined : readString(method);
  if (method === undefined || match === undefined) return undefined;
  const fits = HTTP_METHODS.filter((name) => fitsMethod(match, name));
  if (fits.length === HTTP_METHODS.length) return undefined;
  if (fits.length === 0) {
    method.note("", `no method is like this, of ${HTTP_METHODS.join(", ")}; the match is left out`);
    return null;
  }
  return fits;
}

function fitsMethod({ type, value }: StringMatch, method: string): boolean {
  if (type === "exact") return method === value;
  if (type === "prefix") return method.startsWith(value);
  return patternFits(value, method);
}

function authority(node: SourceNode): readonly (NamedMatchDraft | null)[] {
  const match = node.object("authority");
  return match === undefined ? [] : [valueMatch(match, "host", false)];
}

function named(
  node: SourceNode,
  field: string,
  { isHeader, invert }: { readonly isHeader: boolean; readonly invert: boolean },
): readonly (NamedMatchDraft | null)[] {
  const all = node.object(field);
  return (all?.names() ?? []).map((name) => {
    const match = all!.object(name);
    if (match === undefined) return null;
    if (isHeader && name.startsWith(":")) {
      all!.note(name, "pseudo-headers are matched by uri, method, scheme and authority; the match is left out");
      return null;
    }
    return valueMatch(match, isHeader ? name.toLowerCase() : name, invert);
  });
}

/** An empty match asks for the name alone. */
function valueMatch(node: SourceNode, name: string, invert: boolean): NamedMatchDraft | null {
  const match = readString(node);
  const inverted = invert ? ({ invert: true } as const) : {};
  if (match === undefined) return { name, type: "Present", ...inverted };
  if (match.type === "regex") {
    const fault = patternFault(match.value);
    if (fault === null) return { name, type: "RegularExpression", value: match.value, ...inverted };
    node.note("regex", `${fault}; the match is left out`);
    return null;
  }
  return { name, type: match.type === "exact" ? "Exact" : "Prefix", value: match.value, ...inverted };
}

function readString(node: SourceNode): StringMatch | undefined {
  for (const type of ["exact", "prefix", "regex"] as const) {
    const value = node.text(type);
    if (value !== undefined) return { type, value };
  }
  return undefined;
}
