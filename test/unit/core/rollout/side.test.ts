import { describe, expect, it } from "vitest";
import type { RolloutForce, RolloutPlan } from "../../../../src/core/mesh.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { applyWords, createWeight, type RolloutWeight, sideOf } from "../../../../src/core/rollout/side.ts";

const OPEN: RolloutForce = { header: "x-rollout", cookie: "rollout" };

function weightOf(percent: number, force: RolloutForce = OPEN, name = "shop"): RolloutWeight {
  const plan = { name, stable: 0, canary: 1, steps: [], force } as unknown as RolloutPlan;
  return { ...createWeight(plan, [{ name: "old" }, { name: "new" }]), percent, revision: 1 };
}

const source = (headers: Record<string, string> = {}) => ({
  header: (name: string) => headers[name] ?? null,
  query: "",
  clientIp: "",
  path: "/",
});
const ask = (weight: RolloutWeight, headers?: Record<string, string>, rng = seededRng(1)) =>
  sideOf(weight, { splitOn: [], source: source(headers), rng });

describe("the side of a request", () => {
  it.each([
    ["a header", { "x-rollout": "canary" }, "canary"],
    ["a cookie", { cookie: "a=1; rollout=canary" }, "canary"],
    ["a header above a cookie", { "x-rollout": "stable", cookie: "rollout=canary" }, "stable"],
    ["nothing that is a side", { "x-rollout": "yes", cookie: "rollout=1" }, "stable"],
    ["nothing", {}, "stable"],
  ] as const)("is what %s says while the canary gets nothing", (_, headers, side) => {
    expect(ask(weightOf(0), headers)).toBe(side);
  });

  it("is the stable one for who asks for it, when all goes to the canary", () => {
    expect(ask(weightOf(100), { "x-rollout": "stable" })).toBe("stable");
    expect(ask(weightOf(100), { "x-rollout": "neither" })).toBe("canary");
  });

  it("cannot be chosen where the config does not say so", () => {
    const closed = weightOf(0, { header: null, cookie: null });
    expect(ask(closed, { "x-rollout": "canary", cookie: "rollout=canary" })).toBe("stable");
  });

  it("is drawn by weight, all or nothing at the ends", () => {
    const rng = seededRng(3);
    const canaries = (percent: number) =>
      Array.from({ length: 10_000 }, () => ask(weightOf(percent), {}, rng)).filter((side) => side === "canary").length;
    expect(canaries(0)).toBe(0);
    expect(canaries(100)).toBe(10_000);
    // Standard deviation √(10,000 · ¼ · ¾) = 43; four of them.
    expect(Math.abs(canaries(25) - 2_500)).toBeLessThan(173);
  });

  it("stays the canary for a caller with a key as the weight grows, in the right share", () => {
    const keyed = (percent: number, user: number, name?: string) =>
      sideOf(weightOf(percent, OPEN, name), {
        splitOn: [{ type: "header", name: "x-user" }],
        source: source({ "x-user": `user-${user}` }),
        rng: () => 0,
      });
    const users = Array.from({ length: 10_000 }, (_, user) => user);
    let before: readonly number[] = [];
    for (const percent of [5, 25, 60]) {
      const now = users.filter((user) => keyed(percent, user) === "canary");
      expect(now).toEqual(expect.arrayContaining([...before]));
      expect(Math.abs(now.length - percent * 100)).toBeLessThan(4 * Math.sqrt(100 * percent * (1 - percent / 100)));
      before = now;
    }
    // Two rollouts are independent: a quarter of one's quarter is in the other's.
    const both = users.filter((user) => keyed(25, user) === "canary" && keyed(25, user, "other") === "canary");
    expect(Math.abs(both.length - 625)).toBeLessThan(4 * Math.sqrt(625));
  });
});

describe("words", () => {
  const word = { name: "shop", stable: "old", canary: "new", percent: 50, revision: 7 };

  it("are put in force when they are later, and about these services", () => {
    const weight = { ...weightOf(0), revision: 0 };
    applyWords([weight], [word]);
    expect(weight).toMatchObject({ percent: 50, revision: 7 });
    applyWords([weight], [{ ...word, percent: 100, revision: 7 }]);
    applyWords([weight], [{ ...word, percent: 100, revision: 6 }]);
    applyWords([weight], [{ ...word, percent: 100, revision: 8, canary: "newest" }]);
    applyWords([weight], [{ ...word, percent: 100, revision: 8, name: "other" }]);
    expect(weight).toMatchObject({ percent: 50, revision: 7 });
  });
});
