import { describe, expect, it } from "vitest";
import { seededRng } from "../../../src/core/rng.ts";
import { isDrawn, keptBy } from "../../../src/telemetry/sampling.ts";

const ok = [{ outcome: "ok" }] as const;
const retried = [{ outcome: "timeout" }, { outcome: "ok" }] as const;

describe("keptBy", () => {
  it.each([
    ["a good one that was not drawn", { status: 200, durationMs: 5, attempts: ok }, false, ""],
    ["a good one that was drawn", { status: 200, durationMs: 5, attempts: ok }, true, "share"],
    ["a 5xx", { status: 502, durationMs: 5, attempts: [] }, false, "error"],
    ["a 4xx", { status: 404, durationMs: 5, attempts: [] }, false, ""],
    ["a good answer after a failed attempt", { status: 200, durationMs: 5, attempts: retried }, false, "error"],
    ["an attempt that was throttled", { status: 429, durationMs: 5, attempts: [{ outcome: "throttled" }] }, false, ""],
    ["a slow one", { status: 200, durationMs: 1_000, attempts: ok }, false, "slow"],
    ["one just below", { status: 200, durationMs: 999, attempts: ok }, false, ""],
  ] as const)("%s", (_, ended, isDrawn, expected) => {
    expect(keptBy({ slowMs: 1_000 }, ended, isDrawn)).toBe(expected);
  });

  it("calls nothing slow without a limit", () => {
    expect(keptBy({ slowMs: 0 }, { status: 200, durationMs: 1e9, attempts: ok }, false)).toBe("");
  });
});

describe("isDrawn", () => {
  const COUNT = 40_000;
  const counted = (share: number, traceShare: number) => {
    const rng = seededRng(3);
    let drawn = 0;
    let both = 0;
    for (let i = 0; i < COUNT; i += 1) {
      const isSampled = rng() < traceShare;
      const one = isDrawn(share, { share: traceShare, isSampled }, rng);
      drawn += Number(one);
      both += Number(one && isSampled);
    }
    return { drawn: drawn / COUNT, both: both / COUNT };
  };

  it.each([
    [0.1, 0.3],
    [0.3, 0.1],
    [0.2, 0.2],
    [0.5, 1],
    [1, 0.5],
    [0, 0.5],
    [0.5, 0],
  ])("a share of %d beside traces of %d is drawn as such, and as much together as can be", (share, traceShare) => {
    const { drawn, both } = counted(share, traceShare);
    // Five sigma of a binomial share of 40,000 at its widest: 5 · sqrt(0.25 / 40,000) = 0.0125.
    expect(Math.abs(drawn - share)).toBeLessThan(0.0125);
    expect(Math.abs(both - Math.min(share, traceShare))).toBeLessThan(0.0125);
  });

  it("draws by itself where there is no trace", () => {
    expect(isDrawn(0.5, null, () => 0.49)).toBe(true);
    expect(isDrawn(0.5, null, () => 0.5)).toBe(false);
  });
});
