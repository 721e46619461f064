import { describe, expect, it } from "vitest";
import type { BackendRef, RouteRule } from "../../../../src/core/mesh.ts";
import { splitBackend } from "../../../../src/core/route/split.ts";

const NAMES = ["stable", "canary", "third", "fourth"];
const nameOf = ({ service }: BackendRef) => NAMES[service] ?? "";
const KEYS = Array.from({ length: 20_000 }, (_, i) => `user-${i}`);

function ruleOf(...weights: readonly number[]): RouteRule {
  return splitOver(weights.map((weight, service) => [service, weight]));
}

function splitOver(pairs: readonly (readonly [service: number, weight: number])[]): RouteRule {
  return {
    name: "rule",
    matches: [],
    filters: null,
    backendRefs: pairs.map(([service, weight]) => ({ service, weight, policy: 0, filters: null })),
    splitOn: [{ type: "header", name: "x-user" }],
    sessionPersistence: null,
  };
}

const sides = (rule: RouteRule) => KEYS.map((key) => splitBackend(rule, key, nameOf)?.service ?? -1);
const shareOf = (chosen: readonly number[], service: number) =>
  chosen.filter((one) => one === service).length / chosen.length;
/** Five standard deviations of a share of 20,000 draws. */
const tolerance = (share: number) => 5 * Math.sqrt((share * (1 - share)) / KEYS.length);

describe("splitBackend", () => {
  it.each([[[1, 1]], [[9, 1]], [[99, 1]], [[1, 2, 3]], [[5, 0, 5]], [[400_000, 300_000, 200_000, 100_000]]])(
    "gives each backend its share of the keys: %j",
    (weights) => {
      const chosen = sides(ruleOf(...weights));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (const [service, weight] of weights.entries()) {
        const share = weight / total;
        expect(Math.abs(shareOf(chosen, service) - share)).toBeLessThanOrEqual(tolerance(share));
      }
    },
  );

  it("keeps a key where it is while nothing changes, and when all weights grow alike", () => {
    expect(sides(ruleOf(3, 1, 2))).toEqual(sides(ruleOf(3, 1, 2)));
    expect(sides(ruleOf(3, 1, 2))).toEqual(sides(ruleOf(300, 100, 200)));
  });

  it("moves keys only to the backend whose weight grew, and no more than its share grew by", () => {
    const before = sides(ruleOf(5, 3, 2));
    const after = sides(ruleOf(5, 3, 4));
    const moved = KEYS.flatMap((_, i) => (before[i] === after[i] ? [] : [after[i]]));
    expect(new Set(moved)).toEqual(new Set([2]));
    const grown = 4 / 12 - 2 / 10;
    expect(Math.abs(moved.length / KEYS.length - grown)).toBeLessThanOrEqual(tolerance(grown));
  });

  it("shifts a split of two by the difference alone, step by step", () => {
    let canaries = new Set<string>();
    for (const percent of [1, 5, 20, 50, 100]) {
      const chosen = sides(ruleOf(100 - percent, percent));
      const now = new Set(KEYS.filter((_, i) => chosen[i] === 1));
      expect([...canaries].every((key) => now.has(key))).toBe(true);
      canaries = now;
    }
    expect(canaries.size).toBe(KEYS.length);
  });

  it("sends away only the keys of a backend that is taken out, and takes them back", () => {
    const before = sides(ruleOf(5, 3, 2));
    const without = sides(ruleOf(5, 0, 2));
    for (const [i, service] of before.entries()) if (service !== 1) expect(without[i]).toBe(service);
    expect(without.includes(1)).toBe(false);
  });

  it("does not depend on the order of the config", () => {
    const pairs = [[0, 5] as const, [1, 3] as const, [2, 2] as const];
    expect(sides(splitOver(pairs.toReversed()))).toEqual(sides(splitOver(pairs)));
  });

  it("tells two backends of one service apart", () => {
    const rule = splitOver([
      [0, 1],
      [0, 1],
    ]);
    const first = KEYS.filter((key) => splitBackend(rule, key, nameOf) === rule.backendRefs[0]).length / KEYS.length;
    expect(Math.abs(first - 0.5)).toBeLessThanOrEqual(tolerance(0.5));
  });

  it("gives null when there is nothing to choose", () => {
    expect(splitBackend(ruleOf(), "key", nameOf)).toBeNull();
    expect(splitBackend(ruleOf(0, 0), "key", nameOf)).toBeNull();
  });

  it("gives a backend that cannot be used its share as well", () => {
    const chosen = sides(
      splitOver([
        [0, 3],
        [-1, 1],
      ]),
    );
    expect(Math.abs(shareOf(chosen, -1) - 0.25)).toBeLessThanOrEqual(tolerance(0.25));
  });
});
