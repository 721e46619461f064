import { beforeAll, describe, expect, it } from "vitest";
import type { ProbeLease } from "../../../../src/core/protocol.ts";
import {
  applySnapshot,
  NO_ENDPOINT,
  onAttemptStart,
  pickEndpoint,
  takeReport,
} from "../../../../src/core/service-state.ts";
import {
  attempt,
  informed,
  LOADBALANCING,
  pick,
  restartChance,
  rng,
  serviceWith,
  shares,
  snapshotOf,
  stateOf,
} from "./fixture.ts";

beforeAll(restartChance);

const failover = serviceWith().failover;
const limits = serviceWith().limits;
const lease: ProbeLease = { id: "g1", generation: 4, scope: "region", ttlMs: 3_000 };

describe("picking", () => {
  it("follows the published probabilities", () => {
    // 2,000 draws: three standard deviations of a share of 0.5 are 0.034.
    const [a, b, c] = shares(informed(), 1_100);
    expect(Math.abs(a! - 0.5)).toBeLessThan(0.034);
    expect(Math.abs(b! - 0.3)).toBeLessThan(0.034);
    expect(Math.abs(c! - 0.2)).toBeLessThan(0.034);
  });

  it("uses every endpoint before anything is known", () => {
    for (const share of shares(stateOf(), 0)) expect(share).toBeGreaterThan(0.2);
  });

  it.each<[string, Parameters<typeof informed>[0]]>([
    ["an open breaker", { breaker: [0, 1, 0] }],
    ["a half-open one: it takes lent probes only", { breaker: [0, 2, 0] }],
    ["a dead endpoint", { health: [1, 2, 1] }],
    ["one that is not ready", { health: [1, 3, 1] }],
    ["a drained one", { health: [1, 4, 1] }],
    ["a disabled one", { health: [1, 5, 1] }],
  ])("leaves out %s", (_, snapshot) => {
    expect(shares(informed(snapshot), 1_100, 500)[1]).toBe(0);
  });

  it("believes breakers and checks for ten seconds without news, an operator for good", () => {
    const state = informed({ breaker: [0, 1, 0], health: [1, 1, 4], latencyMs: [40, 40, 40] });
    expect(shares(state, 10_900, 500)[1]).toBe(0);
    const later = shares(state, 11_100, 500);
    expect(later[1]).toBeGreaterThan(0.2);
    expect(later[2]).toBe(0);
  });

  it("does not return to an endpoint the request has tried, and leaves its cloud first", () => {
    const state = informed();
    for (let i = 0; i < 200; i++) {
      expect(pick(state, 1_100, [0])).toBe(2);
      expect(pick(state, 1_100, [0, 2])).toBe(1);
    }
  });

  it("tries again where it was when nothing else is left", () => {
    expect([0, 1]).toContain(pick(informed(), 1_100, [0, 1, 2]));
  });

  it("spends the first request on a lent probe, once", () => {
    const state = informed({ breaker: [0, 0, 2], leases: [lease] });
    expect(pick(state, 1_100)).toBe(2);
    expect(state.pickedLease).toEqual(lease);
    expect(pick(state, 1_100)).not.toBe(2);
    expect(state.pickedLease).toBeNull();
  });

  it("keeps a lease for a request that may fail", () => {
    const state = informed({ breaker: [0, 0, 2], leases: [lease] });
    expect(pickEndpoint(state, { nowMs: 1_100, rng, hashKey: "", tried: null, mayProbe: false })).not.toBe(2);
    expect(pick(state, 1_100, [0])).not.toBe(2);
    expect(pick(state, 1_100)).toBe(2);
  });

  it("drops a lease that has expired, and one for an endpoint that was taken out", () => {
    expect(pick(informed({ breaker: [0, 0, 2], leases: [lease] }), 4_100)).not.toBe(2);
    expect(pick(informed({ breaker: [0, 0, 2], health: [1, 1, 5], leases: [lease] }), 1_100)).not.toBe(2);
  });

  it.each([
    ["panic", false],
    ["fail", true],
  ] as const)("does what the config says when all are out: %s", (allOut, none) => {
    const state = informed({ breaker: [1, 1, 1] }, { failover: { ...failover, allOut } });
    expect(pick(state, 1_100) === NO_ENDPOINT).toBe(none);
    expect(state.pickedInPanic).toBe(!none);
  });

  it("uses all of them in panic", () => {
    for (const share of shares(informed({ breaker: [1, 1, 1] }), 1_100)) expect(share).toBeGreaterThan(0.1);
  });

  it("passes over endpoints that are full", () => {
    const state = informed({ inFlight: [5, 0, 0] }, { limits: { ...limits, maxRequestsPerEndpoint: 5 } });
    expect(shares(state, 1_100, 500)[0]).toBe(0);
    for (let i = 0; i < 5; i++) onAttemptStart(state, 1, 1_100);
    expect(pick(state, 1_100)).toBe(2);
    for (let i = 0; i < 5; i++) onAttemptStart(state, 2, 1_100);
    expect(pick(state, 1_100)).toBe(NO_ENDPOINT);
  });

  it("sends hardly anything to an endpoint that failed here a moment ago", () => {
    const state = informed();
    attempt(state, 0, "connect-failure", 1_050);
    expect(shares(state, 1_100)[0]).toBeLessThan(0.03);
    expect(shares(state, 2_200)[0]).toBeGreaterThan(0.2);
  });

  it("sends hardly anything to an endpoint that owes an answer for long", () => {
    const state = informed();
    onAttemptStart(state, 0, 1_000);
    expect(shares(state, 1_100)[0]).toBeGreaterThan(0.2);
    expect(shares(state, 2_000)[0]).toBeLessThan(0.01);
  });

  it("opens its own breaker for every other policy, and after three failures only", () => {
    const state = informed(
      {},
      { loadBalancing: { ...LOADBALANCING, policy: "random" }, failover: { ...failover, mode: "direct" } },
    );
    attempt(state, 0, "5xx", 1_010);
    attempt(state, 0, "5xx", 1_020);
    expect(shares(state, 1_100)[0]).toBeGreaterThan(0.2);
    attempt(state, 0, "5xx", 1_110);
    expect(shares(state, 1_200)[0]).toBe(0);
    expect(shares(state, 2_200)[0]).toBeGreaterThan(0.2);
    attempt(state, 0, "5xx", 2_200);
    expect(shares(state, 4_100)[0]).toBe(0);
    expect(shares(state, 4_300)[0]).toBeGreaterThan(0.2);
  });

  it("closes its own breaker with the first good answer", () => {
    const state = informed(
      {},
      { loadBalancing: { ...LOADBALANCING, policy: "random" }, failover: { ...failover, mode: "direct" } },
    );
    for (const at of [1_010, 1_020, 1_030]) attempt(state, 0, "5xx", at);
    expect(shares(state, 1_100)[0]).toBe(0);
    attempt(state, 0, "ok", 1_150);
    expect(shares(state, 1_200)[0]).toBeGreaterThan(0.2);
  });

  it("in mode time-window leaves an endpoint after N failures and comes back after a quiet time", () => {
    const mode = { ...failover, mode: "time-window" as const, failures: 3, windowMs: 10_000, quietMs: 5_000 };
    const state = informed({}, { failover: mode });
    attempt(state, 0, "5xx", 1_010);
    attempt(state, 0, "ok", 1_020);
    attempt(state, 0, "5xx", 1_030);
    expect(shares(state, 1_100)[0]).toBeGreaterThan(0.15);
    attempt(state, 0, "5xx", 1_110);
    expect(shares(state, 1_200)[0]).toBe(0);
    attempt(state, 0, "ok", 1_300);
    takeReport(state, 5_800);
    applySnapshot(state, snapshotOf({ atMs: 5_850 }), 5_850);
    expect(shares(state, 5_900)[0]).toBe(0);
    expect(shares(state, 6_200)[0]).toBeGreaterThan(0.2);
  });

  it("routes by priority, and spills when the first loses too many", () => {
    const service = serviceWith();
    const endpoints = service.endpoints.map((endpoint, e) => ({ ...endpoint, priority: e === 2 ? 1 : 0 }));
    expect(shares(informed({}, { endpoints }), 1_100, 500)[2]).toBe(0);
    // One of two left: 70 % by overprovisioning 1.4; three standard deviations are 0.03.
    const spilled = shares(informed({ breaker: [1, 0, 0] }, { endpoints }), 1_100);
    expect(Math.abs(spilled[2]! - 0.3)).toBeLessThan(0.031);
  });

  it("decides alone, by its own latencies, when the snapshot is old", () => {
    const state = informed();
    for (let at = 6_100; at < 7_100; at += 100) {
      attempt(state, 0, "ok", at, { latencyMs: 400 });
      attempt(state, 1, "ok", at, { latencyMs: 40 });
      attempt(state, 2, "ok", at, { latencyMs: 60 });
    }
    const [slow, fast] = shares(state, 7_100);
    // The cheaper of two: the best gets two thirds of the pairs, the worst none.
    expect(fast).toBeGreaterThan(0.6);
    expect(slow).toBe(0);
  });
});
