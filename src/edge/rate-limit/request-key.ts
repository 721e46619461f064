/** What a request is counted by, and what it costs. */
import { claimAt } from "../../core/authz/claims.ts";
import { cookieValue } from "../../core/balance/hash-key.ts";
import type { RateLimit, RateLimitCost, RateLimitKeyPart } from "../../core/mesh.ts";
import { ownText } from "../../core/own-text.ts";
import type { Principal } from "../../core/principal.ts";
import { costFrom } from "../../core/rate-limit/cost.ts";
import { addressKey, DIGEST_MARK, MAX_KEY_CHARS, needsDigest, withPart } from "../../core/rate-limit/limit-key.ts";
import { queryValues } from "../../core/route/query-value.ts";
import { hexOf, sha256 } from "../../security/authn/bytes.ts";
import type { Arrived } from "../arrived.ts";
import { clientIpOf } from "../trust.ts";

/** What of a request its key is made of. */
export type Keyed = Pick<Arrived, "request" | "address" | "matched" | "isolate" | "principal" | "imposed">;

/** The key: a part as it is, several joined so that no two requests with different parts have the same. Never throws. */
export function keyOf(parts: readonly RateLimitKeyPart[], request: Keyed): string {
  if (parts.length === 1) return partOf(parts[0]!, request);
  let key = "";
  for (let i = 0; i < parts.length; i += 1) key = withPart(key, partOf(parts[i]!, request));
  return key;
}

/** Digests of keys that were met lately, for a limit whose keys must not leave the isolate as they are. */
export type KeyDigests = Map<string, string>;

/** A kibibyte each at most; then they are forgotten together. */
const MAX_DIGESTS = 2_048;

/**
 * Where a limit's keys have to be hidden: others count, and a key is made of what callers say, which may well be a credential, an
 * API key or a session. Objects keep keys for as long as a month. Null: others learn nothing that they should not.
 */
export function digestsFor({ key, scope }: Pick<RateLimit, "key" | "scope">): KeyDigests | null {
  const isSaid = key.some(({ type }) => type === "header" || type === "cookie" || type === "query");
  return isSaid && scope.type !== "local" ? new Map() : null;
}

/** The key as it is counted by: itself, or its digest where it is too long or has to be hidden. Never rejects. */
export function countedKey(key: string, digests: KeyDigests | null): string | Promise<string> {
  if (digests === null) return needsDigest(key) ? digestOf(key) : key;
  return key === "" ? key : (digests.get(key) ?? kept(key, digests));
}

async function kept(key: string, digests: KeyDigests): Promise<string> {
  const digest = await digestOf(key);
  if (digests.size >= MAX_DIGESTS) digests.clear();
  if (key.length <= MAX_KEY_CHARS) digests.set(ownText(key), digest);
  return digest;
}

/** What takes the place of a key that is too long to be kept, or must not be. */
export async function digestOf(key: string): Promise<string> {
  return `${DIGEST_MARK}${hexOf(await sha256(key))}`;
}

/** Units. Never throws. */
export function costOf(cost: RateLimitCost, request: Keyed): number {
  return cost.type === "fixed" ? cost.units : costFrom(cost, headerOf(request, cost.name));
}

/** "" for what the request lacks. */
function partOf(part: RateLimitKeyPart, request: Keyed): string {
  switch (part.type) {
    case "ip":
      return addressKey(clientIpOf(request.request, request.isolate.dev), part.v6Prefix);
    case "header":
      return headerOf(request, part.name) ?? "";
    case "cookie":
      return cookieValue(request.request.headers.get("cookie") ?? "", part.name);
    case "query":
      return sameOf(queryValues(request.address.query, part.name));
    case "claim":
      return request.principal === undefined ? "" : claimKey(claimAt(request.principal.claims, part.claim));
    case "principal":
      return request.principal === undefined ? "" : principalKey(request.principal);
    case "country":
    case "asn":
      return placeOf(request.request, part.type);
    case "host":
      return request.address.host ?? "";
    case "method":
      return request.request.method;
    case "path":
      return request.address.path;
    case "route":
      return request.matched.route.name;
  }
}

/** "" where there is none, and where they differ: nobody can say which of them the endpoint goes by. */
function sameOf(values: readonly string[]): string {
  for (let i = 1; i < values.length; i += 1) if (values[i] !== values[0]) return "";
  return values[0] ?? "";
}

/** What the mesh says of the caller counts, and not what the caller says under the same name. */
function headerOf({ request, imposed }: Keyed, name: string): string | null {
  if (imposed !== undefined) {
    for (const [said, value] of imposed.set) if (said === name) return value;
  }
  return request.headers.get(name);
}

function principalKey({ kind, id }: Principal): string {
  return kind === "anonymous" ? "" : `${kind}/${id}`;
}

/** Text as it is; anything else as JSON, so that lists and objects count too. */
function claimKey(claim: unknown): string {
  if (typeof claim === "string") return claim;
  return claim === undefined || claim === null ? "" : JSON.stringify(claim);
}

/** What Cloudflare says; never what a header says. */
function placeOf({ cf }: Request, what: "country" | "asn"): string {
  const value = (cf as Readonly<Record<string, unknown>> | undefined)?.[what];
  return value === undefined || value === null ? "" : String(value);
}
