import { describe, expect, it } from "vitest";
import type { RateLimit, RateLimitCounting } from "../../../../src/core/mesh.ts";
import type { Verdict } from "../../../../src/core/rate-limit/verdict.ts";
import { createTold, policyItem, tell, toldHeaders, withTold } from "../../../../src/edge/rate-limit/headers.ts";

const limitOf = (name: string, counting: RateLimitCounting): RateLimit => ({
  name,
  counting,
  key: [],
  cost: { type: "fixed", units: 1 },
  scope: { type: "local" },
  onFailure: "open",
  dryRun: false,
  headers: true,
});
const BUCKET = limitOf("per-client", { type: "token-bucket", limit: 100, windowMs: 60_000, burst: 100 });
const DAILY = limitOf("daily", { type: "quota", limit: 1_000, period: "day" });
const PLACES = limitOf("places", { type: "concurrency", limit: 5, holdMs: 60_000 });

const verdict = (more: Partial<Verdict>): Verdict => ({
  allowed: true,
  limit: 100,
  remaining: 99,
  resetMs: 600,
  retryAfterMs: 0,
  isDegraded: false,
  ...more,
});

function told(...said: readonly (readonly [RateLimit, Partial<Verdict>])[]) {
  const own = createTold();
  for (const [limit, more] of said) tell(own, limit, policyItem(limit), verdict(more));
  return own;
}

describe("what callers are told of limits", () => {
  it.each([
    [BUCKET, '"per-client";q=100;w=60'],
    [limitOf("w", { type: "sliding-window", limit: 1, windowMs: 1_500 }), '"w";q=1;w=2'],
    [DAILY, '"daily";q=1000;w=86400'],
    [limitOf("m", { type: "quota", limit: 9, period: "month" }), '"m";q=9'],
    [PLACES, '"places";q=5;qu="concurrent-requests"'],
  ])("is their policy: %#", (limit, item) => {
    expect(policyItem(limit)).toBe(item);
  });

  it("is an item for each limit, and three numbers of the tightest", () => {
    const own = told(
      [BUCKET, { remaining: 40, resetMs: 36_000 }],
      [DAILY, { limit: 1_000, remaining: 100, resetMs: 7_200_500 }],
      [PLACES, { limit: 5, remaining: 4 }],
    );
    expect(Object.fromEntries(toldHeaders(own))).toEqual({
      ratelimit: '"per-client";r=40;t=36, "daily";r=100;t=7201, "places";r=4',
      "ratelimit-policy": '"per-client";q=100;w=60, "daily";q=1000;w=86400, "places";q=5;qu="concurrent-requests"',
      "ratelimit-limit": "1000",
      "ratelimit-remaining": "100",
      "ratelimit-reset": "7201",
    });
  });

  it("is when to come again, once a limit refused", () => {
    const own = told([BUCKET, { allowed: false, remaining: 0, resetMs: 60_000, retryAfterMs: 600 }]);
    expect(Object.fromEntries(toldHeaders(own))).toMatchObject({
      ratelimit: '"per-client";r=0;t=1',
      "ratelimit-reset": "1",
    });
  });

  it("is nothing where no limit tells", () => {
    expect(toldHeaders(createTold())).toEqual([]);
  });

  it("leaves the rest of an answer, and the answer that it was, as they are", async () => {
    const answer = new Response("body", { status: 201, headers: { "x-own": "1" } });
    const own = withTold(told([BUCKET, {}]), answer);
    expect([own.status, own.headers.get("x-own"), await own.text()]).toEqual([201, "1", "body"]);
    expect(answer.headers.has("ratelimit")).toBe(false);
  });

  it.each([
    ["1", "1"],
    ["100", "99"],
    ["many", "99"],
    ["-1", "99"],
  ])("keeps the tighter of the two when an endpoint says that %s are left: %s", (theirs, shown) => {
    const answer = new Response(null, { headers: { "ratelimit-remaining": theirs, "ratelimit-limit": "7" } });
    const { headers } = withTold(told([BUCKET, {}]), answer);
    expect(headers.get("ratelimit-remaining")).toBe(shown);
    expect(headers.get("ratelimit-limit")).toBe(theirs === "1" ? "7" : "100");
  });
});
