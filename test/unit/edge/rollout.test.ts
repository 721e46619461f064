import { describe, expect, it } from "vitest";
import type { BackendRef, RolloutPlan } from "../../../src/core/mesh.ts";
import { createWeight } from "../../../src/core/rollout/side.ts";
import type { Arrived } from "../../../src/edge/arrived.ts";
import { chooseSide, sidesOfSession } from "../../../src/edge/rollout.ts";

const canary: BackendRef = { service: 1, weight: 1, policy: 0, filters: null };
const rollout = { index: 0, canary };
const stable: BackendRef = { service: 0, weight: 1, policy: 0, filters: null, rollout };
const plan = { name: "shop", stable: 0, canary: 1, force: { header: "x-rollout", cookie: null } } as RolloutPlan;

/** A request that met a rule with this rollout, in an isolate that has heard its weight. */
function arrived(percent: number, headers: Record<string, string> = {}, splitOn: readonly object[] = []): Arrived {
  const weight = { ...createWeight(plan, [{ name: "old" }, { name: "new" }]), percent, revision: 7 };
  return {
    request: new Request("http://shop.test/", { headers }),
    address: { path: "/", query: "" },
    isolate: { dev: false, rng: () => 0.5 },
    open: { rollouts: [weight], services: [] },
    matched: { rule: { splitOn } },
  } as unknown as Arrived;
}

describe("the side of a request", () => {
  it.each([
    [0, "stable"],
    [50, "stable"],
    [51, "canary"],
    [100, "canary"],
  ])("at %i percent is chosen at once, and shown", (percent, side) => {
    expect(chooseSide(arrived(percent), stable, rollout)).toEqual({
      backend: side === "canary" ? canary : stable,
      shown: `shop;side=${side};percent=${percent};revision=7`,
    });
  });

  it("goes by the caller's key where the rule has one", () => {
    const splitOn = [{ type: "header", name: "x-user" }];
    const sides = Array.from({ length: 100 }, (_, user) =>
      chooseSide(arrived(30, { "x-user": `${user}` }, splitOn), stable, rollout),
    );
    const canaries = sides.filter((side) => "backend" in side && side.backend === canary).length;
    // 30 of 100 keys expected, standard deviation 4.6; four of them.
    expect(Math.abs(canaries - 30)).toBeLessThan(19);
  });
});

describe("the sides where a session may stay", () => {
  it.each([
    [0, undefined, ["stable"]],
    [25, undefined, ["stable", "canary"]],
    [100, undefined, ["canary"]],
    [100, "stable", ["stable"]],
    [0, "canary", ["canary"]],
    [25, "stable", ["stable"]],
  ])("at %i percent, with %s asked for, are %j", (percent, asked, expected) => {
    const one = arrived(percent, asked === undefined ? {} : { "x-rollout": asked });
    const sides = sidesOfSession(one, stable, rollout);
    expect(sides.map(({ backend }) => (backend === canary ? "canary" : "stable"))).toEqual(expected);
  });
});
