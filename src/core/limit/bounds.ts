/**
 * Holds a request's head against its bounds: methods, sizes, paths and callers that nothing behind here should have to
 * look at. What costs least is asked first, and a bound that is not set costs nothing.
 */
import { otherMethods } from "../authz/method-readings.ts";
import { isAmbiguous, mayClimb, readingsOf } from "../authz/path-readings.ts";
import type { Bounds } from "../mesh.ts";
import { accepts, type OpenAutomaton } from "../route/automaton.ts";

export interface OpenBounds {
  readonly bounds: Bounds;
  readonly methods: ReadonlySet<string> | null;
  readonly denied: {
    readonly exact: ReadonlySet<string>;
    readonly prefixes: readonly string[];
    readonly patterns: readonly OpenAutomaton[];
    /** There is nothing to look for. */
    readonly isEmpty: boolean;
  };
  /** Null: none is denied. */
  readonly userAgents: RegExp | null;
}

/** A request as bounds see it. */
export interface BoundedRequest {
  readonly method: string;
  /** In its normal form. */
  readonly path: string;
  /** With its "?", or "". */
  readonly query: string;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  readonly header: (name: string) => string | null;
  /** Cloudflare's bot score, 1 to 99, and whether it knows the bot; undefined where it does not tell. */
  readonly bot: () => { readonly score: number; readonly isVerified: boolean } | undefined;
}

/** Which bound a request is beyond. `seen` and `most` are 0 where the bound is no number. */
export interface Breach {
  readonly bound: BoundName;
  readonly seen: number;
  readonly most: number;
}

export type BoundName =
  | "method"
  | "urlLength"
  | "headers"
  | "headerBytes"
  | "headerName"
  | "bodyBytes"
  | "bodyPace"
  | "ambiguousPath"
  | "path"
  | "userAgent"
  | "bot";

/** Arranges bounds for `breachOf`; to be done once for each mesh. `automata`: the mesh's, opened. */
export function openBounds(bounds: Bounds, automata: (index: number) => OpenAutomaton): OpenBounds {
  const { methods, deniedPaths, deniedUserAgents } = bounds;
  const { exact, prefixes, patterns } = deniedPaths;
  return {
    bounds,
    methods: methods.length === 0 ? null : new Set(methods),
    denied: {
      exact: new Set(exact),
      prefixes,
      patterns: patterns.map(automata),
      isEmpty: exact.length + prefixes.length + patterns.length === 0,
    },
    // Literals only: an alternative either is there or is not, and nothing is tried twice.
    userAgents: deniedUserAgents.length === 0 ? null : new RegExp(deniedUserAgents.map(literal).join("|"), "i"),
  };
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/**
 * The first bound that a request is beyond; null when it is within all.
 *
 * - `anyMethod`: its method is not looked at.
 *
 * Never throws. Linear in the head.
 */
export function breachOf(open: OpenBounds, request: BoundedRequest, anyMethod: boolean): Breach | null {
  const { bounds, methods } = open;
  if (!anyMethod && methods !== null && !isAmong(methods, request)) return { bound: "method", seen: 0, most: 0 };
  const urlLength = request.path.length + request.query.length;
  if (bounds.maxUrlLength > 0 && urlLength > bounds.maxUrlLength) {
    return { bound: "urlLength", seen: urlLength, most: bounds.maxUrlLength };
  }
  return (
    headersBreach(bounds, request) ??
    bodyBreach(bounds, request) ??
    pathBreach(open, request.path) ??
    callerBreach(open, request)
  );
}

/** The method, and those for which some origins would take it. */
function isAmong(methods: ReadonlySet<string>, { method, header }: BoundedRequest): boolean {
  return methods.has(method) && otherMethods(method, header).every((other) => methods.has(other));
}

function headersBreach(
  { maxHeaders, maxHeaderBytes, underscoreHeaders }: Bounds,
  { headers }: BoundedRequest,
): Breach | null {
  const looksAtNames = underscoreHeaders === "refuse";
  if (maxHeaders === 0 && maxHeaderBytes === 0 && !looksAtNames) return null;
  let count = 0;
  let bytes = 0;
  for (const [name, value] of headers) {
    count += 1;
    bytes += name.length + value.length;
    if (looksAtNames && name.includes("_")) return { bound: "headerName", seen: 0, most: 0 };
  }
  if (maxHeaders > 0 && count > maxHeaders) return { bound: "headers", seen: count, most: maxHeaders };
  if (maxHeaderBytes > 0 && bytes > maxHeaderBytes) return { bound: "headerBytes", seen: bytes, most: maxHeaderBytes };
  return null;
}

/** Of a body that says how long it is. */
function bodyBreach({ maxBodyBytes }: Bounds, { header }: BoundedRequest): Breach | null {
  if (maxBodyBytes === 0) return null;
  const declared = header("content-length");
  if (declared === null) return null;
  const bytes = Number(declared);
  return bytes <= maxBodyBytes ? null : { bound: "bodyBytes", seen: bytes, most: maxBodyBytes };
}

function pathBreach({ bounds, denied }: OpenBounds, path: string): Breach | null {
  const isOdd = isAmbiguous(path);
  if (isOdd && bounds.ambiguousPaths !== "allow" && (bounds.ambiguousPaths === "refuse" || mayClimb(path))) {
    return { bound: "ambiguousPath", seen: 0, most: 0 };
  }
  if (denied.isEmpty) return null;
  // Slashes in a row are kept where the mesh says so, and most origins take them for one.
  const isDenied =
    isOdd || path.includes("//") ? readingsOf(path).some((reading) => isIn(denied, reading)) : isIn(denied, path);
  return isDenied ? { bound: "path", seen: 0, most: 0 } : null;
}

function isIn({ exact, prefixes, patterns }: OpenBounds["denied"], path: string): boolean {
  if (exact.size > 0 || prefixes.length > 0) {
    const folded = path.toLowerCase();
    if (exact.has(folded) || prefixes.some((prefix) => isBelow(folded, prefix))) return true;
  }
  return patterns.some((pattern) => accepts(pattern, path, 0));
}

function isBelow(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path.charCodeAt(prefix.length) === SLASH);
}

const SLASH = 47;

function callerBreach({ bounds, userAgents }: OpenBounds, { header, bot }: BoundedRequest): Breach | null {
  if (userAgents !== null || bounds.emptyUserAgent === "refuse") {
    const userAgent = header("user-agent") ?? "";
    const isRefused = userAgent === "" ? bounds.emptyUserAgent === "refuse" : userAgents?.test(userAgent) === true;
    if (isRefused) return { bound: "userAgent", seen: 0, most: 0 };
  }
  if (bounds.bots === null) return null;
  const { minScore, allowVerified } = bounds.bots;
  const judged = bot();
  if (judged === undefined || judged.score >= minScore || (judged.isVerified && allowVerified)) return null;
  return { bound: "bot", seen: judged.score, most: minScore };
}
