import { describe, expect, it } from "vitest";
import { recordSketch } from "../../../../src/core/load/sketch.ts";
import type { RolloutAnalysis } from "../../../../src/core/mesh.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { type Judgement, judge } from "../../../../src/core/rollout/judge.ts";
import { createTally, type Tally } from "../../../../src/core/rollout/totals.ts";

const analysis: RolloutAnalysis = {
  minRequests: 500,
  alpha: 0.01,
  maxFailureRatio: 0.01,
  maxFailureRise: 0.01,
  maxP99Ms: 500,
  maxP99Ratio: 1.5,
  rollBackAfterMs: null,
};

/** So many answers of `ms` each, and failures. */
function tally(good: number, failed = 0, ms: number | ((i: number) => number) = 50): Tally {
  const made = createTally();
  made.good = good;
  made.failed = failed;
  for (let i = 0; i < good; i++) recordSketch(made.latency, typeof ms === "number" ? ms : ms(i));
  return made;
}

const verdictsOf = ({ checks }: Judgement) => Object.fromEntries(checks.map(({ limit, verdict }) => [limit, verdict]));
const ask = (canary: Tally, stable: Tally, over: Partial<RolloutAnalysis> = {}, isAlone = false) =>
  judge({ canary, stable, isAlone }, { ...analysis, ...over });

describe("a canary", () => {
  it("passes when it did as well as the stable side in enough requests", () => {
    const judgement = ask(tally(1_000, 5), tally(9_000, 45));
    expect(judgement.verdict).toBe("pass");
    expect(verdictsOf(judgement)).toEqual({
      requests: "pass",
      failureRatio: "pass",
      failureRise: "pass",
      p99Ms: "pass",
      p99Ratio: "pass",
    });
  });

  it("is waited for while it has met too few requests, however well it did", () => {
    expect(ask(tally(499), tally(9_000)).verdict).toBe("wait");
    expect(ask(tally(500), tally(9_000)).verdict).toBe("pass");
    expect(ask(tally(0), tally(0)).verdict).toBe("wait");
  });

  it("fails on ten failures of ten, long before it has met enough requests", () => {
    expect(verdictsOf(ask(tally(0, 10), tally(100)))).toMatchObject({ requests: "wait", failureRatio: "fail" });
  });

  it.each([
    ["four failures of four", tally(0, 4)],
    ["three failures of a hundred where one is allowed", tally(97, 3)],
  ])("is not found guilty by %s", (_, canary) => {
    expect(ask(canary, tally(9_000)).verdict).toBe("wait");
  });

  it("waits where it stands a little above the limit, and fails once that is beyond luck", () => {
    expect(verdictsOf(ask(tally(1_000, 14), tally(90_000)))).toMatchObject({ failureRatio: "wait" });
    expect(verdictsOf(ask(tally(10_000, 160), tally(90_000)))).toMatchObject({ failureRatio: "fail" });
  });

  it("may fail as often as a stable side that fails itself", () => {
    const own = { maxFailureRatio: 1 };
    expect(ask(tally(950, 50), tally(9_500, 500), own).verdict).toBe("pass");
    expect(verdictsOf(ask(tally(850, 150), tally(9_500, 500), own))).toMatchObject({ failureRise: "fail" });
  });

  it("is compared with a stable side that was seen often enough only", () => {
    const canary = tally(1_000, 5);
    expect(ask(canary, tally(499)).checks.find(({ limit }) => limit === "failureRise")).toMatchObject({
      allowed: null,
      verdict: "wait",
    });
    expect(ask(canary, tally(499), {}, true).verdict).toBe("pass");
  });

  it("fails when it is slower than the limit allows, and when it is slower than the stable side", () => {
    const slow = tally(1_000, 0, 600);
    expect(verdictsOf(ask(slow, tally(9_000, 0, 550)))).toMatchObject({ p99Ms: "fail", p99Ratio: "pass" });
    expect(verdictsOf(ask(slow, tally(9_000, 0, 50), { maxP99Ms: 0 }))).toMatchObject({ p99Ratio: "fail" });
    expect(verdictsOf(ask(slow, tally(9_000, 0, 50), { maxP99Ms: 0 })).p99Ms).toBeUndefined();
  });

  it("is judged by its slowest hundredth: two in a hundred slow answers fail it, one in two hundred does not", () => {
    const mixed = (every: number) => tally(4_000, 0, (i) => (i % every === 0 ? 900 : 50));
    expect(ask(mixed(50), tally(9_000, 0, 400)).verdict).toBe("fail");
    expect(ask(mixed(200), tally(9_000, 0, 400)).verdict).toBe("pass");
  });

  it("meets no limits that are switched off", () => {
    const off = { maxFailureRatio: 1, maxFailureRise: 1, maxP99Ms: 0, maxP99Ratio: 0 };
    const judgement = ask(tally(0, 1_000), tally(0), off);
    expect(judgement.checks.map(({ limit }) => limit)).toEqual(["requests"]);
    expect(judgement.verdict).toBe("pass");
  });
});

describe("a rollout judged every 20 requests", () => {
  /** Share of 300 canaries that fail at some look at 2,000 requests of theirs and 18,000 of the stable side. */
  function failing(pCanary: number, pStable: number, msOf: (rng: () => number) => number): number {
    const rng = seededRng(11);
    let failed = 0;
    const limits = { ...analysis, maxFailureRatio: 1, maxP99Ms: 0, maxFailureRise: 0.01 };
    for (let run = 0; run < 300; run++) {
      const [canary, stable] = [createTally(), createTally()];
      const meet = (side: Tally, p: number, ms: number) => {
        if (rng() < p) side.failed += 1;
        else {
          side.good += 1;
          recordSketch(side.latency, ms);
        }
      };
      for (let n = 1; n <= 2_000; n++) {
        meet(canary, pCanary, msOf(rng));
        for (let i = 0; i < 9; i++) meet(stable, pStable, -20 * Math.log(1 - rng()));
        if (n % 20 > 0) continue;
        if (judge({ canary, stable, isAlone: false }, limits).verdict !== "fail") continue;
        failed += 1;
        break;
      }
    }
    return failed / 300;
  }
  const usual = (rng: () => number) => -20 * Math.log(1 - rng());

  it("is seldom ended by luck when the canary is at the limit exactly", () => {
    // Two limits at 1 % each: 6 of 300 expected at most; 6 + 3.1·√6 is 13.6.
    expect(failing(0.02, 0.01, usual)).toBeLessThanOrEqual(13 / 300);
  });

  it("is ended when it fails five points more often, or takes three times as long", () => {
    expect(failing(0.06, 0.01, usual)).toBeGreaterThan(0.99);
    expect(failing(0.01, 0.01, (rng) => 3 * usual(rng))).toBeGreaterThan(0.99);
  });
});
