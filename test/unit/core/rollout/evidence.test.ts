import { describe, expect, it } from "vitest";
import { checkEvidence, NO_EVIDENCE, onLook, onNextStep, sidesIn } from "../../../../src/core/rollout/evidence.ts";
import { NO_TALLY, requestsIn, type Totals } from "../../../../src/core/rollout/totals.ts";

const analysis = {
  minRequests: 100,
  alpha: 0.01,
  maxFailureRatio: 0.01,
  maxFailureRise: 0.01,
  maxP99Ms: 0,
  maxP99Ratio: 0,
  rollBackAfterMs: null,
};
const counted = (good: number, life = "1"): Totals => ({ ...NO_TALLY, good, life });
const look = (monitors: readonly string[] | null, totals: Record<string, Totals>) =>
  ({ side: "canary", monitors, totals: new Map(Object.entries(totals)) }) as const;
const goodAfter = (...looks: Parameters<typeof onLook>[1][]) => looks.reduce(onLook, NO_EVIDENCE).canary.good;

describe("evidence of a side", () => {
  it("leaves out what monitors had counted when the rollout began", () => {
    expect(goodAfter(look(["a"], { a: counted(900) }), look(["a"], { a: counted(950) }))).toBe(50);
  });

  it("takes in whole what a monitor counted that was not there at first", () => {
    expect(goodAfter(look([], {}), look(["a"], { a: counted(30) }), look(["a"], { a: counted(35) }))).toBe(35);
  });

  it("leaves out the past of a monitor that was there at first, and answered later", () => {
    expect(goodAfter(look(["a"], {}), look(["a"], { a: counted(900) }), look(["a"], { a: counted(910) }))).toBe(10);
  });

  it("leaves out the past of all when the root could not list them at first", () => {
    expect(goodAfter(look(null, {}), look(["a"], { a: counted(900) }), look(["a"], { a: counted(901) }))).toBe(1);
  });

  it("goes on from nothing with a monitor's next life, and misses no count of one that was silent", () => {
    const first = look(["a"], { a: counted(900) });
    expect(goodAfter(first, look(["a"], { a: counted(20, "2") }), look(["a"], { a: counted(25, "2") }))).toBe(25);
    expect(goodAfter(first, look(["a"], {}), look(null, { a: counted(940) }))).toBe(40);
  });

  it("survives storage, and is none when it is not understood", () => {
    const evidence = onLook(NO_EVIDENCE, look(["a", "b"], { a: counted(9) }));
    expect(checkEvidence(JSON.parse(JSON.stringify(evidence)))).toEqual(evidence);
    for (const value of [null, 7, {}, { ...evidence, canary: null }, { ...evidence, marks: null }]) {
      expect(checkEvidence(value)).toEqual(NO_EVIDENCE);
    }
  });
});

describe("the next step", () => {
  const seen = { ...NO_EVIDENCE, canary: { ...NO_TALLY, good: 70 }, stable: { ...NO_TALLY, good: 500, failed: 5 } };

  it("begins with nothing seen of the canary", () => {
    expect(requestsIn(sidesIn(onNextStep(seen, analysis), analysis, 50).canary)).toBe(0);
  });

  it("compares with the stable side as it was while it has too little of its own", () => {
    const next = onNextStep(seen, analysis);
    expect(sidesIn(next, analysis, 100)).toMatchObject({ stable: { good: 500, failed: 5 }, isAlone: true });
    const own = { ...next, stable: { ...NO_TALLY, good: 100 } };
    expect(sidesIn(own, analysis, 50)).toMatchObject({ stable: { good: 100, failed: 0 }, isAlone: false });
    expect(onNextStep({ ...next, stable: { ...NO_TALLY, good: 99 } }, analysis).stableBefore.good).toBe(500);
  });
});
