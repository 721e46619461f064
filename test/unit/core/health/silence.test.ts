import { describe, expect, it } from "vitest";
import {
  type Coordinator,
  createCoordinator,
  drainEvents,
  lendProbes,
  mergeReport,
  projectRegion,
  tick,
} from "../../../../src/core/health/coordinator.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { endpointOf, serviceOf } from "../../../fixtures/meshes.ts";
import { deltaOf, type Row } from "../../../fixtures/report-deltas.ts";

const NAMES = ["a", "b", "c"];

/** A coordinator of three endpoints, all of which have just answered well at 0 ms. */
function knowing(): Coordinator {
  const endpoints = NAMES.map((id) => endpointOf(id, `http://${id}.invalid`));
  const service = serviceOf("shop", endpoints);
  const c = createCoordinator({ service, regions: ["weur"], rng: seededRng(1), nowMs: 0 });
  report(c, 0, ...NAMES.map((id) => ({ id, ok: 50, latencySumMs: 500, latencyMinMs: 8 })));
  return c;
}

function report(c: Coordinator, nowMs: number, ...rows: Row[]): void {
  mergeReport(c, 0, deltaOf(rows), nowMs);
}

/** 0 closed, 1 open, 2 half-open. */
const breakerOfA = (c: Coordinator, nowMs: number) => projectRegion(c, 0, nowMs).breaker[0];

describe("an endpoint that does not answer", () => {
  it.each([
    ["refuses connections", 2, { connectFailures: 1, trailingFailures: 1 }],
    ["breaks connections", 2, { resets: 1, trailingFailures: 1 }],
    ["lets requests wait", 4, { timeouts: 1, trailingFailures: 1 }],
    ["has a gateway before it that says so", 4, { responses5xx: 1, gateway5xx: 1, trailingFailures: 1 }],
  ])("and %s is out after %i requests and a second", (_, count, row) => {
    const fewer = knowing();
    for (let at = 1; at < count; at++) report(fewer, at * 200, { id: "a", ...row });
    tick(fewer, 5_000);
    expect(breakerOfA(fewer, 5_000)).toBe(0);
    const c = knowing();
    for (let at = 1; at <= count; at++) report(c, at * 200, { id: "a", ...row });
    expect(breakerOfA(c, 900)).toBe(0);
    tick(c, 1_000);
    expect(breakerOfA(c, 1_000)).toBe(1);
    expect(drainEvents(c)).toContainEqual(expect.objectContaining({ type: "opened", endpoint: "a" }));
  });

  it.each([
    ["that it never did", false, "failures, and no good answer yet"],
    ["for how long", true, "failures, and no good answer for 1000 ms"],
  ])("is told with %s", (_, hasAnswered, cause) => {
    const service = serviceOf(
      "shop",
      NAMES.map((id) => endpointOf(id, `http://${id}.invalid`)),
    );
    const c = hasAnswered ? knowing() : createCoordinator({ service, regions: ["weur"], rng: seededRng(1), nowMs: 0 });
    report(c, 1_000, { id: "a", connectFailures: 2, trailingFailures: 2 });
    expect(drainEvents(c)).toContainEqual(expect.objectContaining({ type: "opened", endpoint: "a", cause }));
  });

  it("stays in when good answers come in between", () => {
    const c = knowing();
    for (let atMs = 200; atMs < 10_000; atMs += 900) {
      report(c, atMs, { id: "a", connectFailures: 2, trailingFailures: 2 });
      report(c, atMs + 100, { id: "a", ok: 8, latencySumMs: 80, latencyMinMs: 8 });
      tick(c, atMs + 800);
      expect(breakerOfA(c, atMs + 800)).toBe(0);
    }
  });

  it("is back after good probes, with its failures forgiven", () => {
    const c = knowing();
    report(c, 200, { id: "a", connectFailures: 4, trailingFailures: 4 });
    tick(c, 1_000);
    let nowMs = 1_000;
    for (let probes = 0; probes < 3; nowMs += 50) {
      for (const lease of lendProbes(c, 0, nowMs)) {
        const probe = { id: lease.id, ok: true, generation: lease.generation, scope: lease.scope };
        mergeReport(c, 0, deltaOf([{ id: "a", ok: 1, latencySumMs: 10, latencyMinMs: 8 }], { probes: [probe] }), nowMs);
        probes += 1;
      }
    }
    expect(breakerOfA(c, nowMs)).toBe(0);
    // The prior is 1 %; four failures in some sixty answers were 6 %.
    expect(projectRegion(c, 0, nowMs).failureRatio[0]).toBeLessThan(0.01);
  });
});

describe("an endpoint that answers with errors", () => {
  it("is not silent: three are not enough", () => {
    const c = knowing();
    for (const atMs of [200, 600, 900]) report(c, atMs, { id: "a", responses5xx: 1, trailingFailures: 1 });
    tick(c, 5_000);
    expect(breakerOfA(c, 5_000)).toBe(0);
  });
});
