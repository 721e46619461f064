import { beforeAll, describe, expect, it } from "vitest";
import type { PolicyName } from "../../../../src/core/mesh.ts";
import { explainService, onAttemptStart } from "../../../../src/core/service-state.ts";
import { attempt, informed, LOADBALANCING, pick, restartChance, rng, shares, stateOf } from "./fixture.ts";

beforeAll(restartChance);

const ask = { nowMs: 1_100, rng, hashKey: "" };
const probabilities = (state: Parameters<typeof explainService>[0], request = ask) =>
  explainService(state, request).map(({ probability }) => probability);

describe("explain", () => {
  it("gives the probabilities that picking has", () => {
    const state = informed();
    attempt(state, 0, "connect-failure", 1_050);
    const seen = shares(state, 1_100);
    // 2,000 draws: three standard deviations are at most 0.034.
    probabilities(state).forEach((probability, e) => {
      expect(Math.abs(probability - seen[e]!)).toBeLessThan(0.034);
    });
  });

  it.each<PolicyName>(["peak-ewma", "random", "weighted", "least-request", "rendezvous", "response-time"])(
    "gives probabilities that sum to one for %s",
    (policy) => {
      const state = informed({}, { loadBalancing: { ...LOADBALANCING, policy } });
      expect(probabilities(state).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
    },
  );

  it("knows the one answer of an affinity policy", () => {
    const state = informed({}, { loadBalancing: { ...LOADBALANCING, policy: "rendezvous" } });
    const keyed = probabilities(state, { ...ask, hashKey: "user-7" });
    expect([...keyed].sort()).toEqual([0, 0, 1]);
  });

  it.each<[string, Parameters<typeof informed>[0], string]>([
    ["an open breaker", { breaker: [1, 0, 0] }, "the shared breaker is open"],
    ["a half-open one", { breaker: [2, 0, 0] }, "lent probes only"],
    ["a failing check", { health: [2, 1, 1] }, "unhealthy by active checks"],
    ["an operator", { health: [4, 1, 1] }, "drained by an operator"],
  ])("says why an endpoint gets nothing: %s", (_, snapshot, reason) => {
    const [first, second] = explainService(informed(snapshot), ask);
    expect(first).toMatchObject({ available: false, probability: 0 });
    expect(first!.reason).toContain(reason);
    expect(second).toMatchObject({ available: true, reason: "" });
  });

  it("says what is held against an endpoint that is still used", () => {
    const state = informed();
    attempt(state, 0, "5xx", 1_050);
    onAttemptStart(state, 1, 1_000);
    pick(state, 1_500);
    const [failed, waiting] = explainService(state, { ...ask, nowMs: 1_500 });
    expect(failed!.reason).toContain("cooling down");
    expect(waiting!.reason).toContain("overdue");
  });

  it("changes nothing", () => {
    const state = stateOf();
    const before = JSON.stringify(explainService(state, ask));
    expect(JSON.stringify(explainService(state, ask))).toBe(before);
  });
});
