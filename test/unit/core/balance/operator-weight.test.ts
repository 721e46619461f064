import { describe, expect, it } from "vitest";
import type { PolicyName } from "../../../../src/core/mesh.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { mayHoldSession, NO_ENDPOINT, pickEndpoint, type ServiceState } from "../../../../src/core/service-state.ts";
import { informed, LOADBALANCING } from "../service-state/fixture.ts";

const POLICIES: readonly PolicyName[] = [
  "adaptive",
  "random",
  "round-robin",
  "weighted",
  "least-request",
  "peak-ewma",
  "response-time",
  "load",
  "failure-rate",
  "score",
  "ring-hash",
  "maglev",
  "rendezvous",
  "locality",
];
/** Every endpoint alike, so that only weights tell them apart. */
const ALIKE = { probability: [1 / 3, 1 / 3, 1 / 3], latencyMs: [40, 40, 40] };
const NOW = 1_100;
const PICKS = 6_000;

const LATENCY_ONLY = { latency: 1, load: 0, failureRate: 0, distance: 0, cost: 0 };

function stateWith(policy: PolicyName, snapshot: Parameters<typeof informed>[0]): ServiceState {
  const loadBalancing = { ...LOADBALANCING, policy, score: LATENCY_ONLY };
  return informed({ ...ALIKE, ...snapshot }, { loadBalancing });
}

function sharesOf(state: ServiceState): number[] {
  const rng = seededRng(3);
  const counts = [0, 0, 0];
  for (let i = 0; i < PICKS; i++) {
    const e = pickEndpoint(state, { nowMs: NOW, rng, hashKey: "", tried: null });
    if (e !== NO_ENDPOINT) counts[e]! += 1 / PICKS;
  }
  return counts;
}

describe.each(POLICIES)("the policy %s", (policy) => {
  it("sends no new request to an endpoint whose weight is 0, and sessions still", () => {
    const state = stateWith(policy, { weight: [1, 0, 1] });
    expect(sharesOf(state)[1]).toBe(0);
    expect(mayHoldSession(state, 1, NOW)).toBe(true);
  });

  it("sends no new request to an endpoint that drains, and sessions still", () => {
    const state = stateWith(policy, { health: [1, 4, 1] });
    expect(sharesOf(state)[1]).toBe(0);
    expect(mayHoldSession(state, 1, NOW)).toBe(true);
  });

  it("retries elsewhere than at an endpoint that drains or has no weight", () => {
    const state = stateWith(policy, { weight: [1, 0, 1], health: [4, 1, 1] });
    const rng = seededRng(4);
    expect(pickEndpoint(state, { nowMs: NOW, rng, hashKey: "", tried: [2] })).not.toBe(0);
    expect(pickEndpoint(state, { nowMs: NOW, rng, hashKey: "", tried: [2] })).not.toBe(1);
  });

  it("has nobody to ask when no endpoint has a weight", () => {
    expect(sharesOf(stateWith(policy, { weight: [0, 0, 0] }))).toEqual([0, 0, 0]);
  });

  it("keeps to a weight of 0 when the snapshot is too old for anything else", () => {
    const state = stateWith(policy, { weight: [1, 0, 1] });
    const rng = seededRng(5);
    for (let i = 0; i < 200; i++) {
      expect(pickEndpoint(state, { nowMs: NOW + 60_000, rng, hashKey: "", tried: null })).not.toBe(1);
    }
  });
});

// Draws: sd ≤ sqrt(0.24 / 6,000) = 0.006, so 0.03 is 5 sd. A ring of 1,024 points has shares of its own: 0.6 from about 600
// of 1,000 points, relative sd 1 / sqrt(600) = 0.04, so 0.08 is about 3 sd with the draws' on top.
it.each(POLICIES)("the policy %s gives an endpoint at 300 percent three times what the others get", (policy) => {
  // The object has its word in the probabilities that it publishes.
  const probability = policy === "adaptive" ? [0.6, 0.2, 0.2] : ALIKE.probability;
  const [first] = sharesOf(stateWith(policy, { weight: [3, 1, 1], probability }));
  expect(Math.abs(first! - 0.6)).toBeLessThan(policy === "ring-hash" ? 0.08 : 0.03);
});

describe("a key of a hash policy", () => {
  it.each<PolicyName>(["ring-hash", "maglev", "rendezvous"])(
    "(%s) hardly ever leaves but for the endpoint that gained",
    (policy) => {
      const before = stateWith(policy, {});
      const after = stateWith(policy, { weight: [3, 1, 1] });
      const home = (state: ServiceState, key: string) =>
        pickEndpoint(state, { nowMs: NOW, rng: seededRng(6), hashKey: key, tried: null });
      let strays = 0;
      for (let i = 0; i < 1_000; i++) {
        const [was, is] = [home(before, `key ${i}`), home(after, `key ${i}`)];
        if (was !== is && is !== 0) strays += 1;
      }
      // Rings and tables are laid out anew, so that a few keys change places between the others; of rendezvous none does.
      expect(strays).toBeLessThan(policy === "rendezvous" ? 1 : 100);
    },
  );
});
