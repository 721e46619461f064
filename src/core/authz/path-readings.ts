/**
 * How else an origin may read a path. The path that is matched is the one that is forwarded, but origins differ in what they
 * make of some characters: servlet containers cut `;…` from elements, some servers take %2F or %5C for a slash, decode twice,
 * merge slashes, read overlong UTF-8, or end a path at %00, %3F or %23. Whoever decides about one reading alone is walked around by means of another, as in
 * `/public/..;/admin` and `/public%2F..%2Fadmin`.
 *
 * Source: RFC 3986, section 3.3 on ";"; Envoy, path_with_escaped_slashes_action; CVE-2020-5902 for what the first can do,
 * CVE-2024-38474 for %3F; RFC 3629, section 10 on overlong sequences.
 */
import { normalPath } from "../route/normal-path.ts";

/** In a path of normal form: hexadecimal digits are in upper case. */
const AMBIGUOUS = /;|\/\/|%(?:2F|5C|25|3B|3F|23|00|C[01]%|E0%[89]|F0%8)/;

/** How often a path is decoded by those who decode too often. */
const ROUNDS = 3;

/** Whether origins may read a path in several ways. Never throws, never allocates. */
export function isAmbiguous(path: string): boolean {
  return AMBIGUOUS.test(path);
}

/** The path itself first, then every other reading of it, each once. Never throws. */
export function readingsOf(path: string): readonly string[] {
  const readings = new Set([path]);
  let decoded = path;
  for (let round = 0; round <= ROUNDS; round += 1) {
    readings.add(decoded);
    readings.add(withoutParameters(decoded));
    const next = decodedOnce(decoded);
    if (next === decoded) break;
    decoded = next;
  }
  return [...readings];
}

/**
 * Whether an ambiguous path goes up, or stays where it is, in some reading of it: `/public/..;/admin`, `%2F..%2F`, `%252E%252E`.
 * Nobody's link does. Never throws.
 */
export function mayClimb(path: string): boolean {
  let text = path;
  for (let round = 0; round <= ROUNDS; round += 1) {
    if (DOTS.test(text)) return true;
    const next = text.replaceAll(/%(2F|5C|3B|25|2E)/gi, (_, hex: string) => LOOSELY[hex.toUpperCase()]!);
    if (next === text) return false;
    text = next;
  }
  return DOTS.test(text);
}

/** An element of dots alone, as far as its parameters or the end of a C string. */
const DOTS = /(?:^|[/\\])\.\.?(?:;[^/]*|%00.*)?(?:[/\\]|$)/;
const LOOSELY: Readonly<Record<string, string>> = { "2F": "/", "5C": "/", "3B": ";", "25": "%", "2E": "." };

/** Elements without what follows a ";", up to where a path written in C ends, or one that is taken for a URL. */
function withoutParameters(path: string): string {
  const end = path.search(/%(?:00|3F|23)/);
  return normalPath((end < 0 ? path : path.slice(0, end)).replaceAll(/;[^/]*/g, ""), true) || "/";
}

const DECODED: Readonly<Record<string, string>> = { "2F": "/", "5C": "/", "3B": ";", "25": "%" };

function decodedOnce(path: string): string {
  const short = path.replaceAll(OVERLONG, (bytes) => shortestOf(bytes));
  const decoded = short.replaceAll(/%(2F|5C|3B|25)/g, (_, hex: string) => DECODED[hex]!);
  // A lone "%" that the decoding left is written %25 again by the normal form: there is nothing more in it.
  return normalPath(decoded, true);
}

/** A character of ASCII in two, three or four bytes of UTF-8. */
const OVERLONG = /%(?:C[01]|E0%8[01]|F0%80%8[01])%[89AB][0-9A-F]/g;

/** The same in percent-encoding, for another round. */
function shortestOf(bytes: string): string {
  const [before, last] = bytes.split("%").slice(-2) as [string, string];
  const code = ((Number.parseInt(before, 16) & 1) << 6) | (Number.parseInt(last, 16) & 0x3f);
  return `%${code.toString(16).toUpperCase().padStart(2, "0")}`;
}
