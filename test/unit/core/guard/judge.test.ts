import { describe, expect, it } from "vitest";
import { ALPHA, guardReason, judgeGuard, MAX_RISE, type ServiceEvidence } from "../../../../src/core/guard/judge.ts";
import { recordSketch } from "../../../../src/core/load/sketch.ts";
import type { Rng } from "../../../../src/core/rng.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { createTally, type Tally } from "../../../../src/core/rollout/totals.ts";

/** `requests` answers that fail with `ratio`; latencies are exponential with that mean. */
function add(tally: Tally, requests: number, ratio: number, rng: Rng, meanMs = 40): Tally {
  for (let i = 0; i < requests; i++) {
    if (rng() < ratio) tally.failed += 1;
    else {
      tally.good += 1;
      recordSketch(tally.latency, -meanMs * Math.log(1 - rng()));
    }
  }
  return tally;
}

const evidence = (service: string, before: Tally, isNew = false): ServiceEvidence => ({
  service,
  before,
  after: createTally(),
  isNew,
});

/** Looks of 20 requests each until something is found; the requests of the service until then, or null. */
function watch(one: ServiceEvidence, ratio: number, services: number, looks: number, rng: Rng, meanMs = 40) {
  for (let look = 1; look <= looks; look++) {
    add(one.after, 20, ratio, rng, meanMs);
    if (judgeGuard([one], services).findings.length > 0) return look * 20;
  }
  return null;
}

describe("a guard", () => {
  it("hardly ever goes back on a change that made nothing worse than is tolerated", () => {
    const rng = seededRng(7);
    const runs = 400;
    let alarms = 0;
    for (let run = 0; run < runs; run++) {
      const one = evidence("shop", add(createTally(), 2_000, 0.02, rng));
      // Exactly what is tolerated: the hardest case of "no worse".
      if (watch(one, 0.02 + MAX_RISE, 1, 60, rng) !== null) alarms += 1;
    }
    // At most ALPHA of 400 are 4; a binomial (400, 0.01) is above 10 with a chance of 0.003.
    expect(ALPHA * runs).toBe(4);
    expect(alarms).toBeLessThanOrEqual(10);
  });

  it("does not go back by chance when it watches a thousand services at once", () => {
    const rng = seededRng(11);
    const all = Array.from({ length: 1_000 }, (_, i) =>
      evidence(`s${i}`, add(createTally(), 200, 0.01, rng, 10 + (i % 50))),
    );
    for (let look = 0; look < 10; look++) {
      for (const [i, one] of all.entries()) add(one.after, 20, 0.01, rng, 10 + (i % 50));
      expect(judgeGuard(all, 1_000).findings).toEqual([]);
    }
  });

  it.each([
    // Success rate after, of 99.5 % before; services of the mesh; requests in which 19 of 20 have to be noticed.
    // Measured for 60 runs each: 180, 700, 3,000, 5,500 and 40; a third more is allowed.
    [0.9, 1, 400],
    [0.95, 1, 1_000],
    [0.97, 1, 4_000],
    [0.97, 1_000, 7_000],
    [0.5, 1_000, 80],
  ])("notices a success rate of %d among %d services within %d requests", (rate, services, within) => {
    const rng = seededRng(3);
    const runs = 60;
    let noticed = 0;
    for (let run = 0; run < runs; run++) {
      const one = evidence("shop", add(createTally(), 10_000, 0.005, rng));
      if (watch(one, 1 - rate, services, within / 20, rng) !== null) noticed += 1;
    }
    expect(noticed).toBeGreaterThanOrEqual(0.95 * runs);
  });

  it("notices a p99 that has doubled, and not one that has grown by a fifth", () => {
    const rng = seededRng(5);
    const usual = () => add(createTally(), 10_000, 0, rng);
    expect(watch(evidence("shop", usual()), 0, 1, 300, rng, 80)).not.toBeNull();
    expect(watch(evidence("shop", usual()), 0, 1, 300, rng, 48)).toBeNull();
  });

  it("leaves a p99 of a few milliseconds its few milliseconds more", () => {
    const rng = seededRng(5);
    const quick = evidence("shop", add(createTally(), 5_000, 0, rng, 1));
    expect(watch(quick, 0, 1, 100, rng, 4)).toBeNull();
  });

  it("compares a service that the mesh did not have with the whole mesh", () => {
    const rng = seededRng(9);
    const known = {
      ...evidence("shop", add(createTally(), 5_000, 0.01, rng)),
      after: add(createTally(), 500, 0.01, rng),
    };
    const broken = { ...evidence("new", createTally(), true), after: add(createTally(), 200, 0.6, rng) };
    const fine = { ...evidence("new", createTally(), true), after: add(createTally(), 200, 0.02, rng) };
    expect(judgeGuard([known, fine], 2).findings).toEqual([]);
    const judgement = judgeGuard([known, broken], 2);
    expect(judgement.findings).toMatchObject([{ service: "new", limit: "failures" }]);
    expect(guardReason(judgement)).toMatch(/^new: success rate \d+(\.\d+)? %, 9\d(\.\d+)? % before over 200 requests$/);
  });

  it("says nothing of a service that had no traffic before, and so that there was none to compare", () => {
    const rng = seededRng(9);
    const unknown = { ...evidence("shop", createTally()), after: add(createTally(), 500, 0.9, rng) };
    const judgement = judgeGuard([unknown], 1);
    expect(judgement).toMatchObject({ findings: [], compared: 0 });
    expect(guardReason(judgement)).toBe("there was no traffic to compare");
  });

  it("names the service with the most damage first", () => {
    const rng = seededRng(2);
    const one = (service: string, requests: number) => ({
      ...evidence(service, add(createTally(), 10_000, 0, rng)),
      after: add(createTally(), requests, 0.5, rng),
    });
    const judgement = judgeGuard([one("small", 100), one("large", 1_000)], 2);
    expect(judgement.findings.map(({ service }) => service)).toEqual(["large", "small"]);
    expect(guardReason(judgement)).toMatch(/^large: .*, and 1 more$/);
  });
});
