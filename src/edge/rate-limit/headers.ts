/**
 * What callers are told of limits: RateLimit and RateLimit-Policy as the IETF's draft has them, lists with an item for each
 * limit; and RateLimit-Limit, -Remaining and -Reset of older drafts, which most clients read, of the limit that is tightest.
 *
 * Source: draft-ietf-httpapi-ratelimit-headers-09 (March 2025), and -06 (December 2022) for the three; RFC 9651 for the syntax.
 */
import type { RateLimit } from "../../core/mesh.ts";
import type { Verdict } from "../../core/rate-limit/verdict.ts";
import { copyOf } from "../copy-response.ts";

/** The three of the older drafts. */
const LIMIT = "ratelimit-limit";
const REMAINING = "ratelimit-remaining";
const RESET = "ratelimit-reset";

/** What is said of one request: of all limits that tell, and of the one that is tightest. */
export interface Told {
  policies: string;
  items: string;
  limit: number;
  remaining: number;
  resetSeconds: number;
}

/** Nothing yet. */
export function createTold(): Told {
  return { policies: "", items: "", limit: 0, remaining: 0, resetSeconds: 0 };
}

/** `"per-client";q=100;w=60`. Concurrency has no window, and months differ. Names hold nothing that would have to be escaped. */
export function policyItem({ name, counting }: RateLimit): string {
  const item = `"${name}";q=${counting.limit}`;
  switch (counting.type) {
    case "token-bucket":
    case "sliding-window":
    case "sliding-log":
      return `${item};w=${Math.ceil(counting.windowMs / 1_000)}`;
    case "quota":
      return counting.period === "day" ? `${item};w=86400` : item;
    case "concurrency":
      return `${item};qu="concurrent-requests"`;
  }
}

/** Adds a limit's word. Never throws. */
export function tell(told: Told, { name, counting }: RateLimit, policy: string, verdict: Verdict): void {
  const { limit, remaining } = verdict;
  const resetSeconds = Math.ceil((verdict.allowed ? verdict.resetMs : verdict.retryAfterMs) / 1_000);
  const left = `"${name}";r=${remaining}`;
  const item = counting.type === "concurrency" ? left : `${left};t=${resetSeconds}`;
  const isFirst = told.items === "";
  told.policies = isFirst ? policy : `${told.policies}, ${policy}`;
  told.items = isFirst ? item : `${told.items}, ${item}`;
  if (isFirst || remaining * told.limit < told.remaining * limit) {
    told.limit = limit;
    told.remaining = remaining;
    told.resetSeconds = resetSeconds;
  }
}

/**
 * The answer with what is told. An endpoint's own words on limits of its own stay: the lists grow, and of the three the tighter
 * ones are kept. Never throws. One copy of the headers; the body is not touched.
 */
export function withTold(told: Told, response: Response): Response {
  const own = copyOf(response);
  const { headers } = own;
  headers.append("ratelimit-policy", told.policies);
  headers.append("ratelimit", told.items);
  const theirs = headers.get(REMAINING);
  if (theirs !== null && /^\d{1,15}$/.test(theirs) && Number(theirs) < told.remaining) return own;
  headers.set(LIMIT, String(told.limit));
  headers.set(REMAINING, String(told.remaining));
  headers.set(RESET, String(told.resetSeconds));
  return own;
}

/** The same for an answer that the mesh gives by itself. */
export function toldHeaders(told: Told): readonly (readonly [name: string, value: string])[] {
  return told.items === "" ? [] : [["ratelimit-policy", told.policies], ["ratelimit", told.items], ...threeOf(told)];
}

function threeOf({ limit, remaining, resetSeconds }: Told): readonly (readonly [name: string, value: string])[] {
  return [
    [LIMIT, String(limit)],
    [REMAINING, String(remaining)],
    [RESET, String(resetSeconds)],
  ];
}
