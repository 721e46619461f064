import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../src/config/decode.ts";
import { refuses, rule } from "./faulty.ts";

const SIDES = "stable: { service: shop }, canary: { service: cart }";
const STEPS = "steps: [{ weight: 5, bake: 1m }]";

/** A rollout with these fields, on line 8, and a rule that refers to it. */
const rollout = (fields: string, ref = "v2") =>
  `${rule(`backendRefs: [{ rollout: ${ref} }]`)}\nrollouts: { v2: { ${fields} } }`;

describe("rollouts", () => {
  refuses([
    ["one without steps", rollout(`${SIDES}, steps: []`), "rollouts.v2.steps", 8, "at least 1"],
    [
      "a weight of nothing",
      rollout(`${SIDES}, steps: [{ weight: 0, bake: 1m }]`),
      "rollouts.v2.steps[0].weight",
      8,
      "must be above 0",
    ],
    [
      "steps that go back",
      rollout(`${SIDES}, steps: [{ weight: 50, bake: 1m }, { weight: 50, bake: 1m }]`),
      "rollouts.v2.steps[1].weight",
      8,
      "50 is no more than the step before has, 50",
    ],
    [
      "sides that are one",
      rollout(`stable: { service: shop }, canary: { service: shop }, ${STEPS}`),
      "rollouts.v2.canary",
      8,
      "is the stable side itself",
    ],
    [
      "a service that is not there",
      rollout(`stable: { service: shop }, canary: { service: cat }, ${STEPS}`),
      "rollouts.v2.canary.service",
      8,
      "there is no service cat",
      "cart",
    ],
    [
      "a subset that is not there",
      rollout(`stable: { service: shop, subset: v1 }, canary: { service: cart }, ${STEPS}`),
      "rollouts.v2.stable.subset",
      8,
      "service shop has no subset v1",
    ],
    [
      "a rule whose rollout is not there",
      rollout(`${SIDES}, ${STEPS}`, "v3"),
      "routes[0].rules[0].backendRefs[0].rollout",
      7,
      "there is no rollout v3",
      "v2",
    ],
    [
      "a rule whose attempt is longer than the request of one side",
      `${rule("backendRefs: [{ rollout: v2 }]", "timeouts: { backendRequest: 6s }")}\nrollouts: { v2: { ${SIDES}, ${STEPS} } }`,
      "routes[0].rules[0].timeouts.backendRequest",
      8,
      "5s",
    ],
    [
      "a certainty that nobody has",
      rollout(`${SIDES}, ${STEPS}, analysis: { confidence: 100 }`),
      "rollouts.v2.analysis.confidence",
      8,
      "at most 99.9999",
    ],
  ]);

  it("need no more than sides and steps", () => {
    const result = parseConfig(rollout(`${SIDES}, ${STEPS}`));
    expect(result.ok ? result.config.rollouts.v2?.analysis : result.faults).toEqual({
      minRequests: 500,
      confidence: 99,
      successRate: { min: 99, maxDrop: 1 },
      p99: { maxRatio: 1.5 },
    });
  });
});
