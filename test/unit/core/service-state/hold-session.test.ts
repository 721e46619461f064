import { beforeAll, describe, expect, it } from "vitest";
import type { Service } from "../../../../src/core/mesh.ts";
import type { Snapshot } from "../../../../src/core/protocol.ts";
import { mayHoldSession, onAttemptStart, pickEndpoint, pinTo } from "../../../../src/core/service-state.ts";
import { attempt, informed, restartChance, rng, serviceWith, stateOf } from "./fixture.ts";

beforeAll(restartChance);

const NOW = 1_100;

describe("mayHoldSession", () => {
  it.each<[string, Parameters<typeof informed>[0], boolean]>([
    ["an endpoint that is well", {}, true],
    ["one with an open breaker", { breaker: [0, 1, 0] }, false],
    ["one that is tried with lent probes only", { breaker: [0, 2, 0] }, false],
    ["a dead one", { health: [1, 2, 1] }, false],
    ["one that is not ready", { health: [1, 3, 1] }, false],
    ["one that an operator drains: it keeps what it has", { health: [1, 4, 1] }, true],
    ["one that is drained and fails", { health: [1, 4, 1], breaker: [0, 1, 0] }, false],
    ["one that an operator disabled", { health: [1, 5, 1] }, false],
  ])("of %s", (_, snapshot, expected) => {
    expect(mayHoldSession(informed(snapshot), 1, NOW)).toBe(expected);
  });

  it("lets go after failures seen here, before anybody else has heard of them", () => {
    const state = informed();
    for (let i = 0; i < 3; i += 1) attempt(state, 1, "connect-failure", NOW);
    expect(mayHoldSession(state, 1, NOW + 1)).toBe(false);
    expect(mayHoldSession(state, 0, NOW + 1)).toBe(true);
  });

  it("lets go while the endpoint has as many requests as it may", () => {
    const { limits } = serviceWith();
    const state = stateOf({ limits: { ...limits, maxRequestsPerEndpoint: 2 } });
    onAttemptStart(state, 1, NOW);
    expect(mayHoldSession(state, 1, NOW)).toBe(true);
    onAttemptStart(state, 1, NOW);
    expect(mayHoldSession(state, 1, NOW)).toBe(false);
  });

  it("stays where all are out and that is ignored", () => {
    const { failover } = serviceWith();
    const out: Partial<Snapshot> = { breaker: [1, 1, 1] };
    const panic: Partial<Service> = { failover: { ...failover, allOut: "panic" } };
    const fail: Partial<Service> = { failover: { ...failover, allOut: "fail" } };
    expect(mayHoldSession(informed(out, panic), 1, NOW)).toBe(true);
    expect(mayHoldSession(informed(out, fail), 1, NOW)).toBe(false);
  });
});

describe("pinTo", () => {
  it("takes the endpoint and uses up no lent probe", () => {
    const state = informed({ leases: [{ id: "g1", generation: 4, scope: "region", ttlMs: 3_000 }] });
    expect(pinTo(state, 2)).toBe(2);
    expect(state.pickedLease).toBeNull();
    pickEndpoint(state, { nowMs: NOW, rng, hashKey: "", tried: null });
    expect(state.pickedLease).not.toBeNull();
  });
});
