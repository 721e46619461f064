import { beforeAll, describe, expect, it } from "vitest";
import type { PolicyName, Service } from "../../../../src/core/mesh.ts";
import { inherit } from "../../../../src/core/service-state/heir.ts";
import {
  applySnapshot,
  createServiceState,
  mayHoldSession,
  mayRetry,
  onAnswerBroken,
  onAttemptEnd,
  onAttemptStart,
  onRefused,
  type ServiceState,
  takeReport,
} from "../../../../src/core/service-state.ts";
import {
  attempt,
  informed,
  LOADBALANCING,
  outcomeOf,
  restartChance,
  rng,
  serviceWith,
  shares,
  snapshotOf,
} from "./fixture.ts";

beforeAll(restartChance);

const NOW = 1_200;

/** a2 leaves, g1 comes first and a newcomer between. */
function otherEndpoints(overrides: Partial<Service> = {}): Service {
  const service = serviceWith(overrides);
  const [a1, , g1] = service.endpoints;
  return { ...service, endpoints: [g1!, { ...a1!, id: "new", origin: "http://new.invalid" }, a1!] };
}

function heirOf(former: ServiceState, service = otherEndpoints({ ...former.service }), nowMs = NOW): ServiceState {
  const heir = createServiceState({ service, region: "weur", rng, nowMs });
  inherit(heir, former, nowMs);
  return heir;
}

describe("a state that takes another's place", () => {
  it("keeps estimates, breakers and the snapshot of endpoints that stayed", () => {
    const former = informed({ breaker: [0, 0, 1] }, { loadBalancing: { ...LOADBALANCING, policy: "weighted" } });
    for (let i = 0; i < 3; i++) attempt(former, 0, "connect-failure", NOW);
    const heir = heirOf(former);
    expect(heir.columns.latencyMs[0]).toBe(60);
    expect(heir.columns.latencyMs[2]).toBe(former.columns.latencyMs[0]);
    expect(heir.columns.failureRatio[2]).toBe(former.columns.failureRatio[0]);
    expect([...heir.available]).toEqual([0, 1, 0]);
    expect(heir.own.outUntilMs[2]).toBe(former.own.outUntilMs[0]);
    expect(heir.snapshot).toBe(former.snapshot);
  });

  it("takes an endpoint that kept its id and moved for another one", () => {
    const former = informed({ breaker: [1, 0, 0] });
    const service = serviceWith();
    const moved = { ...service.endpoints[0]!, origin: "http://moved.invalid" };
    const heir = heirOf(former, { ...service, endpoints: [moved, service.endpoints[1]!] });
    expect([...heir.available]).toEqual([1, 1]);
    expect(heir.columns.latencyMs[0]).toBe(LOADBALANCING.defaultLatencyMs);
  });

  it("reports what was not reported yet", () => {
    const former = informed();
    attempt(former, 0, "ok", 1_100);
    attempt(former, 2, "5xx", 1_100);
    onRefused(former);
    const report = takeReport(heirOf(former), NOW);
    expect(report).toMatchObject({ ids: ["g1", "a1"], ok: [0, 1], responses5xx: [1, 0], retriesWanted: 1, refused: 1 });
  });

  it("counts requests in flight, and hears how they end by the former's numbers", () => {
    const former = informed();
    onAttemptStart(former, 0, 1_100);
    onAttemptStart(former, 1, 1_100);
    onAttemptStart(former, 2, 1_100);
    const heir = heirOf(former);
    expect([...heir.columns.ownInFlight]).toEqual([1, 0, 1]);
    expect(heir.columns.adaptive.ownInFlight).toBe(2);
    onAttemptEnd(former, 0, outcomeOf("ok", NOW), null);
    onAttemptEnd(former, 1, outcomeOf("ok", NOW), null);
    onAttemptEnd(former, 2, outcomeOf("connect-failure", NOW), null);
    expect([...heir.columns.ownInFlight]).toEqual([0, 0, 0]);
    expect([...former.columns.ownInFlight]).toEqual([0, 0, 0]);
    expect(takeReport(heir, NOW)).toMatchObject({
      ids: ["g1", "a1"],
      ok: [0, 1],
      connectFailures: [1, 0],
      retriesWanted: 1,
    });
  });

  it("hears of attempts that begin at the former, and of retries and refusals there", () => {
    const former = informed();
    const heir = heirOf(former);
    former.reporting.requests += 1;
    expect(mayRetry(former, { nowMs: NOW, rng, hadLease: false })).toBe(true);
    onAttemptStart(former, 0, NOW);
    expect([...heir.columns.ownInFlight]).toEqual([0, 0, 1]);
    onAttemptEnd(former, 0, outcomeOf("5xx", NOW + 5), null);
    onAttemptStart(former, 2, NOW + 5);
    onAttemptEnd(former, 2, outcomeOf("ok", NOW + 9), null);
    onRefused(former);
    const report = takeReport(heir, NOW + 10);
    expect(report).toMatchObject({ requests: 1, retries: 1, retriesWanted: 1, refused: 1 });
    expect(report).toMatchObject({ ids: ["g1", "a1"], ok: [1, 0], responses5xx: [0, 1] });
    expect(heir.bucket).toBe(former.bucket);
  });

  it("hears of an answer that broke off, and not of one at an endpoint that left", () => {
    const former = informed();
    attempt(former, 0, "ok", 1_100);
    const heir = heirOf(former);
    onAnswerBroken(former, 0, NOW);
    onAnswerBroken(former, 1, NOW);
    expect(takeReport(heir, NOW)).toMatchObject({ ids: ["a1"], ok: [0], resets: [1] });
    expect([...heir.columns.ownInFlight]).toEqual([0, 0, 0]);
  });

  it("reports the answer of a probe that was lent to the former", () => {
    const lease = { id: "g1", generation: 4, scope: "region", ttlMs: 3_000 } as const;
    const former = informed();
    onAttemptStart(former, 2, 1_100);
    const heir = heirOf(former);
    takeReport(heir, NOW);
    onAttemptEnd(former, 2, outcomeOf("ok", NOW), lease);
    expect(takeReport(heir, NOW + 1).probes).toEqual([{ id: "g1", ok: true, generation: 4, scope: "region" }]);
  });

  it("holds the leases of endpoints that stayed", () => {
    const leases = ["a2", "g1"].map((id) => ({ id, generation: 4, scope: "region" as const, ttlMs: 3_000 }));
    const former = informed({ leases });
    const heir = heirOf(former);
    expect(heir.leases.map(({ endpoint, lease }) => [endpoint, lease.id])).toEqual([[0, "g1"]]);
    expect(former.leases).toEqual([]);
  });

  it("keeps sessions where they are, those at an endpoint that drains too", () => {
    const heir = heirOf(informed({ health: [1, 1, 4] }));
    expect(mayHoldSession(heir, 0, NOW)).toBe(true);
    expect(shares(heir, NOW)[0]).toBe(0);
  });

  it("may be replaced in turn, with a request in flight through both", () => {
    const former = informed();
    onAttemptStart(former, 0, 1_100);
    const second = heirOf(heirOf(former), serviceWith());
    expect([...second.columns.ownInFlight]).toEqual([1, 0, 0]);
    onAttemptEnd(former, 0, outcomeOf("ok", NOW), null);
    expect([...second.columns.ownInFlight]).toEqual([0, 0, 0]);
    expect(takeReport(second, NOW)).toMatchObject({ ids: ["a1"], ok: [1] });
  });

  it("takes the next snapshot as if nothing had happened", () => {
    const heir = heirOf(informed());
    applySnapshot(heir, snapshotOf({ atMs: 2_000, ids: ["g1", "new", "a1"], breaker: [0, 0, 1] }), 2_000);
    expect([...heir.available]).toEqual([1, 1, 0]);
  });

  it.each<PolicyName>(["peak-ewma", "adaptive", "round-robin"])("keeps what the policy %s remembers", (policy) => {
    const loadBalancing = { ...LOADBALANCING, policy };
    const former = informed({}, { loadBalancing });
    for (let i = 0; i < 50; i++) attempt(former, 0, "ok", 1_100, { latencyMs: 500 });
    const memoryOf = (state: ServiceState, e: number) => state.policy.memory!.map((column) => column[e]);
    const before = memoryOf(former, 0);
    expect(memoryOf(heirOf(former), 2)).toEqual(before);
  });

  it("counts failures of before in the window of time-window failover", () => {
    const failover = { ...serviceWith().failover, mode: "time-window" as const, failures: 3, windowMs: 10_000 };
    const former = informed({}, { failover });
    attempt(former, 0, "connect-failure", 1_100);
    attempt(former, 0, "connect-failure", 1_110);
    const heir = heirOf(former);
    expect(heir.own.outUntilMs[2]).toBe(0);
    attempt(heir, 2, "connect-failure", NOW);
    expect(heir.own.outUntilMs[2]).toBeGreaterThan(NOW);
  });
});
