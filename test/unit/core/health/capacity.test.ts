import { describe, expect, it } from "vitest";
import {
  type CapacityInput,
  type CapacityModel,
  createCapacityModel,
  queueTargetMs,
  stepCapacity,
} from "../../../../src/core/health/capacity.ts";

const calm: CapacityInput = {
  serverMs: 40,
  samples: 50,
  unloadedMs: 40,
  deliveredRps: 100,
  timedOutRps: 0,
  throttledRps: 0,
  sinceOkMs: 10,
  out: false,
  totalRps: 800,
  fairRps: 100,
};
const queueing: CapacityInput = { ...calm, serverMs: 140 };

function model(set: { allowed?: number; known?: number } = {}): CapacityModel {
  const made = createCapacityModel(1);
  made.usualRps[0] = 100;
  if (set.allowed !== undefined) made.allowedRps[0] = set.allowed;
  if (set.known !== undefined) made.knownRps[0] = set.known;
  return made;
}

function step(made: CapacityModel, input: CapacityInput, nowMs: number, seconds = 0.25): CapacityModel {
  stepCapacity(made, 0, input, nowMs, seconds);
  return made;
}

describe("the capacity model", () => {
  it("knows no limit of an endpoint that never queued", () => {
    expect(step(model(), calm, 10_000).allowedRps[0]).toBe(Number.POSITIVE_INFINITY);
  });

  it("takes what is delivered under a queue for the capacity, and allows a little less", () => {
    const made = step(model(), queueing, 10_000);
    expect(made.knownRps[0]).toBe(100);
    // 0.95 less (100 ms − 40 ms) / 2 s to drain.
    expect(made.allowedRps[0]).toBeCloseTo(92, 6);
    expect(made.congested[0]).toBe(1);
  });

  it("cuts once per control delay, and sooner when the queue doubled", () => {
    const made = step(model(), queueing, 10_000);
    step(made, { ...queueing, deliveredRps: 50 }, 11_000);
    expect(made.knownRps[0]).toBe(100);
    step(made, { ...queueing, serverMs: 300, deliveredRps: 60 }, 11_000);
    expect(made.knownRps[0]).toBe(60);
    step(made, { ...queueing, deliveredRps: 50 }, 12_200);
    expect(made.knownRps[0]).toBe(50);
  });

  it("lets the known capacity fall in steps while timeouts hide what is delivered", () => {
    const made = step(model({ allowed: 100, known: 100 }), { ...queueing, deliveredRps: 20, timedOutRps: 60 }, 10_000);
    expect(made.knownRps[0]).toBeCloseTo(70, 6);
  });

  it("waits while the load is rising: a rate measured over a second is too low then; but not long", () => {
    const made = model();
    made.usualRps[0] = 50;
    expect(step(made, queueing, 10_000, 0.01).allowedRps[0]).toBe(Number.POSITIVE_INFINITY);
    expect(step(made, queueing, 11_000, 0.01).allowedRps[0]).toBeCloseTo(92, 6);
    // Taken to be half as much again, at most: it grows fast up to there.
    expect(made.knownRps[0]).toBeCloseTo(150, 6);
  });

  it("does not cut on a handful of samples", () => {
    expect(step(model(), { ...queueing, samples: 4 }, 10_000).allowedRps[0]).toBe(Number.POSITIVE_INFINITY);
  });

  it("takes the endpoint's own word: throttled answers are saturation", () => {
    expect(step(model(), { ...calm, throttledRps: 5 }, 10_000).allowedRps[0]).toBeCloseTo(95, 6);
  });

  it("grows fast below the known capacity and carefully beyond it", () => {
    const below = step(model({ allowed: 80, known: 100 }), calm, 10_000).allowedRps[0]!;
    const beyond = step(model({ allowed: 100, known: 100 }), calm, 10_000).allowedRps[0]!;
    expect(below / 80).toBeCloseTo(Math.exp(0.35 * 0.25), 6);
    expect(beyond / 100).toBeLessThan(1.02);
    expect(beyond).toBeGreaterThan(100);
  });

  it("probes ever faster while calm, until it is unlimited again", () => {
    const made = model({ allowed: 100, known: 100 });
    let nowMs = 10_000;
    while (made.allowedRps[0]! < Number.POSITIVE_INFINITY && nowMs < 120_000) {
      nowMs += 250;
      step(made, { ...calm, deliveredRps: 0.6 * made.allowedRps[0]! }, nowMs);
    }
    expect(made.allowedRps[0]).toBe(Number.POSITIVE_INFINITY);
  });

  it("learns nothing from an endpoint that is hardly used", () => {
    expect(step(model({ allowed: 100, known: 100 }), { ...calm, deliveredRps: 40 }, 10_000).allowedRps[0]).toBe(100);
  });

  it("prepares the return of an ejected endpoint at a tenth of its share", () => {
    const made = step(model({ allowed: 300, known: 250 }), { ...calm, out: true }, 10_000);
    expect(made.allowedRps[0]).toBeCloseTo(10, 6);
    expect(step(model(), { ...calm, out: true, fairRps: 1 }, 10_000).allowedRps[0]).toBe(3);
  });

  it.each<[string, Partial<CapacityInput>, number]>([
    ["queueing and delivering is congestion", {}, 1],
    ["no answer for a while is not", { sinceOkMs: 600 }, 0],
    ["hardly any answers are not", { deliveredRps: 20 }, 0],
    ["too few samples are not", { samples: 2 }, 0],
    ["no queue is not", { serverMs: 60 }, 0],
  ])("%s", (_, change, expected) => {
    expect(step(model(), { ...queueing, ...change }, 10_000).congested[0]).toBe(expected);
  });

  it("tolerates a queue of 40 ms, or of three quarters of the unloaded time", () => {
    expect([queueTargetMs(0), queueTargetMs(40), queueTargetMs(200)]).toEqual([40, 40, 150]);
  });
});
