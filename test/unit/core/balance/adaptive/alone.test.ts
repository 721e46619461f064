import { describe, expect, it } from "vitest";
import { alonePolicy } from "../../../../../src/core/balance/adaptive/alone.ts";
import type { Candidates, EndpointColumns } from "../../../../../src/core/balance/policy.ts";
import type { OutcomeClass } from "../../../../../src/core/outcome.ts";
import { seededRng } from "../../../../../src/core/rng.ts";
import { simService } from "../../../../simulation/sim-service.ts";

const service = simService([0, 1, 2].map((e) => ({ id: `e${e}`, cloud: "", loc: 0, weight: 1 })));
const candidates: Candidates = { index: Uint16Array.of(0, 1, 2), count: 3, epoch: 1 };

function made() {
  const filled = (value: number) => new Float64Array(3).fill(value);
  const columns: EndpointColumns = {
    size: 3,
    weight: filled(1),
    ownInFlight: new Int32Array(3),
    inFlight: filled(0),
    latencyMs: filled(40),
    failureRatio: filled(0),
    load: filled(Number.NaN),
  };
  const policy = alonePolicy(service, { region: "weur", rng: seededRng(1) });
  const rng = seededRng(9);
  const ended = (e: number, outcome: OutcomeClass, nowMs: number, latencyMs = 40) =>
    policy.onOutcome!(e, { outcome, status: 0, latencyMs, nowMs, isRetry: false, isHedge: false, retryAfterMs: 0 });
  const picked = (nowMs: number) => {
    const counts = [0, 0, 0];
    for (let i = 0; i < 300; i++) counts[policy.pick(columns, candidates, { nowMs, rng, hashKey: "" })]! += 1;
    return counts;
  };
  return { columns, policy, ended, picked };
}

describe("an isolate alone", () => {
  it("never takes the dearest of three", () => {
    const { columns, picked } = made();
    columns.latencyMs[1] = 90;
    expect(picked(0)[1]).toBe(0);
  });

  it("leaves an endpoint that failed for about a minute", () => {
    const { ended, picked } = made();
    for (const e of [0, 1, 2]) ended(e, "ok", 0);
    ended(0, "timeout", 1_000, 1_500);
    for (let at = 1_000; at < 50_000; at += 1_000) {
      for (const e of [1, 2]) ended(e, "ok", at);
      expect(picked(at)[0]).toBe(0);
    }
    // 3,000 ms × e^(−t / 20 s) falls below 40 ms after 86 s.
    for (let at = 50_000; at < 95_000; at += 1_000) for (const e of [1, 2]) ended(e, "ok", at);
    expect(picked(95_000)[0]).toBeGreaterThan(0);
  });

  it("forgets failures with the first good answer", () => {
    const { ended, picked } = made();
    for (const e of [0, 1, 2]) ended(e, "ok", 0);
    for (let i = 0; i < 5; i++) ended(0, "connect-failure", 1_000, 1);
    expect(picked(1_100)[0]).toBe(0);
    ended(0, "ok", 1_200, 35);
    expect(picked(1_200)[0]).toBeGreaterThan(100);
  });

  it("is not drawn to an endpoint that fails fast", () => {
    const { ended, picked } = made();
    for (const e of [0, 1, 2]) ended(e, "ok", 0);
    ended(0, "5xx", 10, 1);
    expect(picked(20)[0]).toBe(0);
  });

  it("goes on choosing when every endpoint fails", () => {
    const { ended, picked } = made();
    for (const e of [0, 1, 2]) for (let i = 0; i < 4; i++) ended(e, "timeout", 1_000, 2_000);
    expect(Math.min(...picked(1_100))).toBeGreaterThan(0);
  });

  it("avoids an endpoint that owes an answer for long", () => {
    const { columns, policy } = made();
    const overdue = { overdueSinceMs: Float64Array.of(0, Infinity, Infinity) } as unknown as NonNullable<
      EndpointColumns["adaptive"]
    >;
    const waiting = { ...columns, adaptive: overdue };
    const rng = seededRng(2);
    for (let i = 0; i < 100; i++) {
      expect(policy.pick(waiting, candidates, { nowMs: 500, rng, hashKey: "" })).not.toBe(0);
    }
  });
});
