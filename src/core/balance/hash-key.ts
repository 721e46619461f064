/** The text a request is hashed by, for the policies that keep a caller at an endpoint. */
import type { HashSettings } from "../mesh.ts";
import { clientIpKey } from "./client-ip-key.ts";
import { xxh64 } from "./xxhash64.ts";

/** What a key may be taken from. */
export interface HashSource {
  /** Value by lower-case name; null when absent. */
  readonly header: (name: string) => string | null;
  /** Value by name; null when absent. Left out, the cookie header is read. */
  readonly cookie?: (name: string) => string | null;
  /** With its "?", or "". */
  readonly query: string;
  /** As the platform tells it; "" unknown. */
  readonly clientIp: string;
  readonly path: string;
}

/**
 * The first value the request has, in the configured order; "" when it has none, or when nothing is configured. An empty
 * value counts as absent. The value alone is the key, as in Envoy. Never throws.
 */
export function hashKeyOf(hash: Pick<HashSettings, "on">, source: HashSource): string {
  for (const on of hash.on) {
    const key = keyFrom(on, source);
    if (key !== "") return key;
  }
  return "";
}

const POINT_SEED = 0x51ed270b;
const pointHash = new Uint32Array(2);

/**
 * A point of [0, 1) that belongs to the key, for drawing its priority. Independent of where the key falls within one: with
 * the same bits for both, a priority would see only a part of the ring. Never throws.
 */
export function hashPoint(hashKey: string): number {
  xxh64(hashKey, POINT_SEED, pointHash);
  return pointHash[0]! / 4_294_967_296;
}

function keyFrom(on: HashSettings["on"][number], source: HashSource): string {
  switch (on.type) {
    case "header":
      return source.header(on.name) ?? "";
    case "cookie":
      return source.cookie ? (source.cookie(on.name) ?? "") : cookieValue(source.header("cookie") ?? "", on.name);
    case "query":
      return queryValue(source.query, on.name);
    case "clientIp":
      return clientIpKey(source.clientIp);
    case "path":
      return source.path;
  }
}

/** RFC 6265, section 4.2.1: pairs separated by "; ". The first of that name; quotes are taken off. */
export function cookieValue(header: string, name: string): string {
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  }
  return "";
}

/** The first parameter of that name, decoded, so that spellings of the same value are one key. */
function queryValue(query: string, name: string): string {
  for (const pair of query.slice(query.startsWith("?") ? 1 : 0).split("&")) {
    const equals = pair.indexOf("=");
    if (equals >= 0 && decoded(pair.slice(0, equals)) === name) return decoded(pair.slice(equals + 1));
  }
  return "";
}

function decoded(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
