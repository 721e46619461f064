import { describe, expect, it } from "vitest";
import { checkLook } from "../../../../src/core/guard/look.ts";

const latency = { zeroCount: 0, firstBucket: 200, counts: [3, 4] };
const sum = {
  ...{ id: "", ok: 90, connectFailures: 1, timeouts: 2, resets: 3, responses5xx: 4, throttled: 5 },
  ...{ latency, latencySumMs: 900 },
};
const totals = { life: "a", sinceMs: 0, atMs: 9, requests: 100, refused: 6, sum, endpoints: [] };

describe("a look at a monitor", () => {
  it("counts what was throttled as good, and what found no endpoint as failed", () => {
    expect(checkLook(totals)).toEqual({ now: { life: "a", good: 95, failed: 16, latency }, past: null });
  });

  it("has what the counts were some minutes ago", () => {
    const past = { refused: 1, sum: { ...sum, ok: 40 } };
    expect(checkLook({ ...totals, past })?.past).toEqual({ life: "a", good: 45, failed: 11, latency });
  });

  it.each([
    null,
    7,
    {},
    { ...totals, life: 1 },
    { ...totals, sum: { ...sum, ok: "90" } },
    { ...totals, refused: -100 },
  ])("is none of %j", (value) => {
    expect(checkLook(value)).toBeNull();
  });
});
