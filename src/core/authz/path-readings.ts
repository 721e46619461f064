/**
 * How else an origin may read a path. The path that is matched is the one that is forwarded, but origins differ in what they
 * make of some characters: servlet containers cut `;…` from elements, some servers take %2F or %5C for a slash, decode twice,
 * merge slashes, read overlong UTF-8, or end a path at %00, %3F or %23. Whoever decides about one reading alone is walked
 * around by means of another, as in `/admin;x/users` and `/public%2F..%2Fadmin`.
 *
 * Origins do some of these steps and not others, and in any order: `/;%5Cx%2Fadmin` is /admin for those who take %2F for a
 * slash and %5C for none before they cut parameters. So the readings are the closure of a path under the steps. Resolving dots
 * is not among them: when it is done changes what is left of a path, so that one that climbs in any reading has no readings that
 * could be relied on (`mayClimb`).
 *
 * Source: RFC 3986, section 3.3 on ";"; Envoy, path_with_escaped_slashes_action; CVE-2020-5902 for what the first can do,
 * CVE-2024-38474 for %3F; RFC 3629, section 10 on overlong sequences.
 */
import { normalPath } from "../route/normal-path.ts";

/** In a path of normal form: hexadecimal digits are in upper case. */
const AMBIGUOUS = /;|\/\/|%(?:2F|5C|25|3B|3F|23|00|C[01]%|E0%[89]|F0%8)/;

/** More readings than that has no path that somebody means. One with two kinds of odd characters has four to six. */
const MAX_READINGS = 64;
/** Longer ambiguous paths are not looked into: that would cost more than their request, characters. */
const MAX_LENGTH = 2_048;
/** How often somebody decodes. */
const MAX_DECODINGS = 3;

/** Whether origins may read a path in several ways. Never throws, never allocates. */
export function isAmbiguous(path: string): boolean {
  return AMBIGUOUS.test(path);
}

/**
 * The path itself first, then its other readings in normal form, each once, as far as they are bounded: ask `mayClimb` first.
 * Never throws. Linear in the path, for each of them.
 */
export function readingsOf(path: string): readonly string[] {
  const readings = new Set([path]);
  if (path.length > MAX_LENGTH) return [path];
  for (const raw of closureOf(path)) readings.add(normalPath(raw, true));
  return [...readings];
}

/**
 * Whether an ambiguous path goes up, or stays where it is, in some reading of it: `/public/..;/admin`, `%2F..%2F`, `%252E%252E`;
 * or has more readings than can be looked at. Nobody's link does. Never throws. As dear as `readingsOf`.
 */
export function mayClimb(path: string): boolean {
  if (path.length > MAX_LENGTH) return true;
  const raws = closureOf(path);
  return raws.length > MAX_READINGS || raws.some((raw) => DOTS.test(raw));
}

/** An element of dots alone; what is in normal form has none, and dots that were encoded twice are in some reading. */
const DOTS = /(?:^|\/)(?:\.|%2E){1,2}(?:\/|$)/;

/** Of the path that was looked at last: bounds, authorizers and policies ask about one path in a row, and it is dear. */
let lastPath = "";
let lastClosure: readonly string[] = [""];

function closureOf(path: string): readonly string[] {
  if (path !== lastPath) [lastPath, lastClosure] = [path, findClosure(path)];
  return lastClosure;
}

/** One more than MAX_READINGS at most: then there are more. */
function findClosure(path: string): readonly string[] {
  const found = new Map([[path, 0]]);
  for (const [raw, decodings] of found) {
    for (const step of STEPS) {
      const read = step(raw);
      const times = decodings + (step === percent ? 1 : 0);
      if (times > MAX_DECODINGS || found.has(read)) continue;
      found.set(read, times);
      if (found.size > MAX_READINGS) return [...found.keys()];
    }
  }
  return [...found.keys()];
}

const percent = (path: string) => path.replaceAll("%25", "%").replaceAll(LOWER, (triplet) => triplet.toUpperCase());
/** What was encoded twice may be in lower case. */
const LOWER = /%[0-9A-Fa-f]{2}/g;

const STEPS: readonly ((path: string) => string)[] = [
  (path) => path.replaceAll("%2F", "/"),
  (path) => path.replaceAll("%5C", "/"),
  (path) => path.replaceAll("%3B", ";"),
  (path) => path.replaceAll("%2E", "."),
  percent,
  (path) => path.replaceAll(OVERLONG, shortestOf),
  // Parameters of elements.
  (path) => path.replaceAll(/;[^/]*/g, ""),
  // Where a path written in C ends, or one that is taken for a URL.
  (path) => path.replace(/%(?:00|3F|23).*/, ""),
];

/** A character of ASCII in two, three or four bytes of UTF-8. */
const OVERLONG = /%(?:C[01]|E0%8[01]|F0%80%8[01])%[89AB][0-9A-F]/g;

/** The same in percent-encoding. */
function shortestOf(bytes: string): string {
  const [before, last] = bytes.split("%").slice(-2) as [string, string];
  const code = ((Number.parseInt(before, 16) & 1) << 6) | (Number.parseInt(last, 16) & 0x3f);
  return `%${code.toString(16).toUpperCase().padStart(2, "0")}`;
}
