/**
 * Rate limits: how much one caller, or all of them together, may ask for in a time. Part of the mesh (mesh.ts); plain data,
 * every default resolved. Guards refer to them by index into Mesh.rateLimits.
 */

export interface RateLimit {
  /** Unique in the mesh. Counters go on under it when the mesh changes. */
  readonly name: string;
  readonly counting: RateLimitCounting;
  /** What is counted apart; empty: everything together. Requests that lack a part of their key share what lacks it. */
  readonly key: readonly RateLimitKeyPart[];
  readonly cost: RateLimitCost;
  /**
   * local: each isolate by itself. colo: by the platform's rate-limit binding, per data centre. global: a Durable Object
   * lends isolates parts of the limit, so that most requests are decided where they are.
   */
  readonly scope: RateLimitScope;
  /** What holds while the binding or the object cannot be asked. open: local counting of the whole limit. closed: refusal. */
  readonly onFailure: "open" | "closed";
  /** Counts, logs what it would do, and refuses nothing; callers are told nothing of it. */
  readonly dryRun: boolean;
  /** Whether answers carry RateLimit, RateLimit-Policy and RateLimit-Limit, -Remaining, -Reset. */
  readonly headers: boolean;
}

export type RateLimitScope =
  | { readonly type: "local" }
  /** Name of the binding. It has its limit and its period, 10 or 60 s, from wrangler.toml; the counting has to say the same. */
  | { readonly type: "colo"; readonly binding: string }
  /** exact: nothing passes that was not lent before. Otherwise an isolate may let one request of a key pass ahead of a lease. */
  | { readonly type: "global"; readonly exact?: boolean };

export type RateLimitCounting =
  /** `limit` units flow in per window, evenly; up to `burst` are kept. Source: the GCRA of ATM Forum TM 4.0. */
  | { readonly type: "token-bucket"; readonly limit: number; readonly windowMs: number; readonly burst: number }
  /** Never more than `limit` in any window: exact, it keeps the time of every unit; local scope only. */
  | { readonly type: "sliding-log"; readonly limit: number; readonly windowMs: number }
  /** The last window's count, weighted by how much of it still counts, and this one's. */
  | { readonly type: "sliding-window"; readonly limit: number; readonly windowMs: number }
  /** So many each day or month of the calendar, in UTC. */
  | { readonly type: "quota"; readonly limit: number; readonly period: "day" | "month" }
  /**
   * So many at once; a place is held until the head of the answer is there or the request has failed, and at most for `holdMs`:
   * the code of a request whose caller left may never run again. Local scope only.
   */
  | { readonly type: "concurrency"; readonly limit: number; readonly holdMs: number };

export type RateLimitKeyPart =
  /** v6 by `v6Prefix` bits (64: what one household has). */
  | { readonly type: "ip"; readonly v6Prefix: number }
  /** Name in lower case. */
  | { readonly type: "header"; readonly name: string }
  | { readonly type: "cookie"; readonly name: string }
  | { readonly type: "query"; readonly name: string }
  /** Members on the way to the claim of the principal. */
  | { readonly type: "claim"; readonly claim: readonly string[] }
  /** `<kind>/<id>` of who the request is from: a token's issuer and subject, the name of an API key. */
  | { readonly type: "principal" }
  | { readonly type: "country" }
  | { readonly type: "asn" }
  | { readonly type: "host" }
  | { readonly type: "method" }
  | { readonly type: "path" }
  | { readonly type: "route" };

export type RateLimitCost =
  | { readonly type: "fixed"; readonly units: number }
  /** As a header of the request says, between 1 and `max`; absent or no number: `default`. Name in lower case. */
  | { readonly type: "header"; readonly name: string; readonly default: number; readonly max: number };
