import { describe, expect, it } from "vitest";
import { leastRequestPolicy } from "../../../../src/core/balance/least-request.ts";
import type { PolicyFactory } from "../../../../src/core/balance/policy.ts";
import { randomPolicy } from "../../../../src/core/balance/random.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { alike, columnsOf, everyOne, fiveSigma, inputOf, serviceOf, sharesOf } from "./fixture.ts";

describe("least request", () => {
  it("gives the busier of two endpoints the quarter that drawing with replacement leaves it", () => {
    const service = serviceOf(alike(2));
    const columns = columnsOf(service, { inFlight: [9, 3] });
    const policy = leastRequestPolicy(service, { region: "weur", rng: seededRng(1) });
    const shares = sharesOf(policy, columns, everyOne(service), seededRng(2), 20_000);
    expect(Math.abs(shares[0]! - 0.25)).toBeLessThan(fiveSigma(0.25, 20_000));
  });

  it("draws as many as the config says", () => {
    const service = serviceOf(alike(2), { choiceCount: 5 });
    const columns = columnsOf(service, { inFlight: [9, 3] });
    const policy = leastRequestPolicy(service, { region: "weur", rng: seededRng(1) });
    const shares = sharesOf(policy, columns, everyOne(service), seededRng(2), 20_000);
    expect(Math.abs(shares[0]! - 1 / 32)).toBeLessThan(fiveSigma(1 / 32, 20_000));
  });

  it("weighs by weight / (active + 1)^bias when weights differ", () => {
    for (const bias of [1, 2, 0]) {
      const service = serviceOf([{ weight: 4 }, { weight: 2 }], { activeRequestBias: bias });
      const columns = columnsOf(service, { inFlight: [3, 1] });
      const policy = leastRequestPolicy(service, { region: "weur", rng: seededRng(1) });
      const shares = sharesOf(policy, columns, everyOne(service), seededRng(2), 3_000);
      const [a, b] = [4 / 4 ** bias, 2 / 2 ** bias];
      // A schedule is off by at most one pick each way.
      expect(Math.abs(shares[0]! - a / (a + b))).toBeLessThan(2 / 3_000);
    }
  });

  it("keeps the longest queue of 1,000 near ln ln n / ln 2, where one random choice lets it grow", () => {
    const longest = (factory: PolicyFactory) => {
      const service = serviceOf(alike(1_000));
      const columns = columnsOf(service);
      const rng = seededRng(4);
      const policy = factory(service, { region: "weur", rng });
      const candidates = everyOne(service);
      for (let ball = 0; ball < 1_000; ball++) {
        const e = policy.pick(columns, candidates, inputOf(rng));
        columns.inFlight[e]!++;
      }
      return Math.max(...columns.inFlight);
    };
    // ln ln 1000 / ln 2 = 2.8, plus a constant of about 1; one choice: ln n / ln ln n = 3.6, in practice 5 to 7.
    expect(longest(leastRequestPolicy)).toBeLessThanOrEqual(4);
    expect(longest(randomPolicy)).toBeGreaterThanOrEqual(5);
  });
});
