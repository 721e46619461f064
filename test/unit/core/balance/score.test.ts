import { describe, expect, it } from "vitest";
import { scorePolicy } from "../../../../src/core/balance/score.ts";
import type { ScoreWeights } from "../../../../src/core/mesh.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { columnsOf, everyOne, serviceOf } from "./fixture.ts";

const none: ScoreWeights = { latency: 0, load: 0, failureRate: 0, distance: 0, cost: 0 };

function scores(score: Partial<ScoreWeights>, given: Parameters<typeof columnsOf>[1] = {}): number[] {
  const service = serviceOf([{ near: "weur", costPerGb: 0.08 }, { near: "enam", costPerGb: 0.02 }, { near: null }], {
    score: { ...none, ...score },
  });
  const policy = scorePolicy(service, { region: "weur", rng: seededRng(1) });
  return [0, 1, 2].map((e) =>
    Number(policy.explain!(columnsOf(service, given), everyOne(service), e, 0).cost!.toFixed(3)),
  );
}

describe("the score", () => {
  it.each([
    ["latency", { latency: 1 }, { latencyMs: [9, 19, 99] }, [1, 2, 10]],
    ["latency never measured", { latency: 1 }, { latencyMs: [30, Number.NaN, 30] }, [1, 1, 1]],
    ["load", { load: 1 }, { load: [0.1, 0.3, 0.9] }, [1, 2, 5]],
    ["failure rate", { failureRate: 1 }, { failureRatio: [0, 0.5, 0] }, [1, 51, 1]],
    // 0.10 for the same region, 0.41 across the Atlantic, 0.60 for who knows where.
    ["distance", { distance: 1 }, {}, [1, 4.1, 6]],
    ["cost, the unknown one counting as the cheapest", { cost: 1 }, {}, [4, 1, 1]],
    ["nothing at all", {}, {}, [1, 1, 1]],
  ] as const)("is times worse than the best, by %s", (_, weights, given, expected) => {
    expect(scores(weights, given)).toEqual(expected);
  });

  it("adds aspects as the user weighs them, only ratios counting", () => {
    const given = { latencyMs: [9, 19, 99] };
    expect(scores({ latency: 3, cost: 1 }, given)).toEqual([1.75, 1.75, 7.75]);
    expect(scores({ latency: 30, cost: 10 }, given)).toEqual([1.75, 1.75, 7.75]);
  });

  it("does not reward failing fast when only latency is weighed", () => {
    const [failing, healthy] = scores({ latency: 1 }, { latencyMs: [1, 50, 50], failureRatio: [1, 0, 0] });
    expect(failing!).toBeGreaterThan(100 * healthy!);
  });
});
