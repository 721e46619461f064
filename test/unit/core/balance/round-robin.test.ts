import { describe, expect, it } from "vitest";
import { roundRobinPolicy } from "../../../../src/core/balance/round-robin.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { alike, candidatesOf, columnsOf, everyOne, inputOf, serviceOf } from "./fixture.ts";

function picksOf(weights: readonly number[], count: number, rng: () => number): number[] {
  const service = serviceOf(weights.map((weight) => ({ weight })));
  const policy = roundRobinPolicy(service, { region: "weur", rng });
  return Array.from({ length: count }, () => policy.pick(columnsOf(service), everyOne(service), inputOf(rng)));
}

describe("round robin", () => {
  it("gives nginx's smooth sequence for weights 5, 1, 1", () => {
    expect(
      picksOf([5, 1, 1], 14, () => 0)
        .map((e) => "abc"[e])
        .join(""),
    ).toBe("aabacaaaabacaa");
  });

  it("gives every endpoint its share within one turn, from any start", () => {
    const weights = [3, 1, 2.5, 0.5];
    for (let seed = 0; seed < 20; seed++) {
      const counts = weights.map(() => 0);
      for (const e of picksOf(weights, 700, seededRng(seed))) counts[e]!++;
      weights.forEach((weight, e) => {
        expect(Math.abs(counts[e]! - 100 * weight)).toBeLessThan(2);
      });
    }
  });

  it("starts isolates at places that have the weights' shares", () => {
    const isolates = 3_000;
    const first = [0, 0, 0];
    for (let seed = 0; seed < isolates; seed++) first[picksOf([3, 2, 1], 1, seededRng(seed))[0]!]!++;
    // Five sigma of 3,000 draws at a half are 0.046.
    [3 / 6, 2 / 6, 1 / 6].forEach((share, e) => {
      expect(Math.abs(first[e]! / isolates - share)).toBeLessThan(0.046);
    });
  });

  it("spreads the turns of an endpoint that is out over all others", () => {
    const successors = new Set<number>();
    for (let seed = 0; seed < 50; seed++) {
      const rng = seededRng(seed);
      const service = serviceOf(alike(6));
      const policy = roundRobinPolicy(service, { region: "weur", rng });
      const order = Array.from({ length: 6 }, () => policy.pick(columnsOf(service), everyOne(service), inputOf(rng)));
      successors.add(order[(order.indexOf(0) + 1) % 6]!);
    }
    expect([...successors].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it("gives first who was owed a turn when another goes out", () => {
    const service = serviceOf(alike(3));
    const policy = roundRobinPolicy(service, { region: "weur", rng: () => 0 });
    const pick = (members: number[], epoch: number) =>
      policy.pick(
        columnsOf(service),
        candidatesOf(members, epoch),
        inputOf(() => 0),
      );
    expect([pick([0, 1, 2], 1), pick([0, 2], 2), pick([0, 2], 2), pick([0, 2], 2)]).toEqual([0, 2, 2, 0]);
  });
});
