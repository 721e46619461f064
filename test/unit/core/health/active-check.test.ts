import { describe, expect, it } from "vitest";
import {
  type CheckState,
  createCheck,
  healthOf,
  onProbe,
  probeSoon,
  type Verdict,
} from "../../../../src/core/health/active-check.ts";
import type { HealthCheck } from "../../../../src/core/mesh.ts";
import { seededRng } from "../../../../src/core/rng.ts";

const check: HealthCheck = {
  type: "tcp",
  kind: "liveness",
  intervalMs: 10_000,
  edgeIntervalMs: 2_500,
  timeoutMs: 1_000,
  jitterPercent: 0,
  healthyThreshold: 2,
  unhealthyThreshold: 3,
};
const still = () => 0;
const outcome = (ok: boolean, atMs: number) => ({ ok, detail: ok ? "200" : "refused", latencyMs: 3, atMs });

/** Verdicts after each probe: + for a good one, − for a bad one. */
function verdicts(probes: string): Verdict[] {
  let state = createCheck(check, 0, still);
  return [...probes].map((sign, i) => {
    state = onProbe(state, outcome(sign === "+", i), check, still);
    return state.verdict;
  });
}
const [U, Y, N] = ["unknown", "up", "down"] as const;

describe("a health check", () => {
  it.each([
    ["the first success is enough", "+", [Y]],
    ["every failure counts, from the start", "---", [U, U, N]],
    ["a success before the threshold clears it", "--+--", [U, U, Y, Y, Y]],
    ["down after the threshold, not before", "+---", [Y, Y, Y, N]],
    ["a good one between starts the count anew", "+--+--", [Y, Y, Y, Y, Y, Y]],
    ["up again after the healthy threshold", "+---++", [Y, Y, Y, N, N, Y]],
    ["a bad one between starts that count anew", "+---+-+", [Y, Y, Y, N, N, N, N]],
  ] as const)("%s", (_, probes, expected) => {
    expect(verdicts(probes)).toEqual(expected);
  });

  it("is probed at the edge interval only while its verdict may change", () => {
    let state = createCheck(check, 0, still);
    const gaps = [...("+-+--" + "-+++")].map((sign, i) => {
      state = onProbe(state, outcome(sign === "+", i * 100_000), check, still);
      return state.dueMs - i * 100_000;
    });
    expect(gaps).toEqual([10_000, 2_500, 10_000, 2_500, 2_500, 10_000, 2_500, 10_000, 10_000]);
  });

  it("keeps its verdict while probes cannot be sent, and goes on at the interval", () => {
    const up = onProbe(createCheck(check, 0, still), outcome(true, 0), check, still);
    const unsent = { ok: false, unsent: true, detail: "not sent", latencyMs: 0, atMs: 10_000 } as const;
    const states = [1, 2, 3, 4].reduce((state) => onProbe(state, unsent, check, still), up);
    expect(states).toEqual({ verdict: "up", against: 0, dueMs: 20_000, last: unsent });
  });

  it("adds jitter, never more than configured and never less than none", () => {
    const rng = seededRng(3);
    const jittered = { ...check, jitterPercent: 10 };
    const gaps = Array.from(
      { length: 500 },
      () => onProbe(createCheck(check, 0, rng), outcome(true, 0), jittered, rng).dueMs,
    );
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...gaps)).toBeLessThan(11_000);
    // Uniform on [10,000, 11,000): the mean of 500 has σ = 288.7/√500 = 12.9; 4 σ = 52.
    expect(Math.abs(gaps.reduce((a, b) => a + b) / 500 - 10_500)).toBeLessThan(52);
  });

  it("starts within a tenth of the interval", () => {
    expect(createCheck(check, 5_000, () => 0.999).dueMs).toBeLessThan(6_000);
    expect(createCheck(check, 5_000, still).dueMs).toBe(5_000);
  });

  it("is brought forward and never put off", () => {
    const state = onProbe(createCheck(check, 0, still), outcome(true, 0), check, still);
    expect([probeSoon(state, 3_000).dueMs, probeSoon(state, 30_000).dueMs]).toEqual([3_000, 10_000]);
  });
});

describe("what the checks of an endpoint say together", () => {
  const readiness: HealthCheck = { ...check, kind: "readiness" };
  const saying = (verdict: Verdict): CheckState => ({ verdict, against: 0, dueMs: 0, last: null });
  it.each([
    ["no checks: unknown", [], [], 0],
    ["all up: healthy", [check, readiness], [Y, Y], 1],
    ["not yet known", [check, readiness], [Y, U], 0],
    ["liveness down: unhealthy", [check, readiness], [N, Y], 2],
    ["readiness down: not ready", [check, readiness], [Y, N], 3],
    ["both down: unhealthy, whatever the order", [readiness, check], [N, N], 2],
    ["not ready though the other is unknown", [check, readiness], [U, N], 3],
  ] as const)("%s", (_, checks, said, expected) => {
    expect(healthOf(checks, said.map(saying))).toBe(expected);
  });
});
