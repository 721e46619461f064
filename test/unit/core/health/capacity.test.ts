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
  isStalled: false,
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

  it("takes what is delivered under a queue for the capacity, and allows less while it stands", () => {
    const made = step(model(), queueing, 10_000);
    expect(made.knownRps[0]).toBe(100);
    // 1 less (100 ms − 40 ms) / 2 s to drain.
    expect(made.allowedRps[0]).toBeCloseTo(97, 6);
    expect(made.congested[0]).toBe(1);
  });

  it("does not begin to know a capacity by a queue that may be chance", () => {
    expect(step(model(), { ...queueing, serverMs: 119 }, 10_000).knownRps[0]).toBe(Number.POSITIVE_INFINITY);
  });

  it("weighs measurements: one moves what is known a little, many in a row all the way", () => {
    const made = step(model(), queueing, 10_000);
    let nowMs = 10_000;
    const knownAfter = (steps: number) => {
      for (let i = 0; i < steps; i++) {
        nowMs += 250;
        step(made, { ...queueing, deliveredRps: 90 }, nowMs);
      }
      return made.knownRps[0]!;
    };
    expect(knownAfter(1)).toBeLessThan(100);
    expect(knownAfter(0)).toBeGreaterThan(93);
    expect(knownAfter(40)).toBeCloseTo(90, 0);
  });

  it("grows surer with every measurement, so that later ones move it less", () => {
    const made = step(model(), queueing, 10_000);
    const first = made.variance[0]!;
    for (let i = 1; i <= 40; i++) step(made, queueing, 10_000 + 250 * i);
    expect(made.variance[0]!).toBeLessThan(first / 4);
  });

  it("believes within two seconds that the capacity has halved", () => {
    const made = step(model(), queueing, 10_000);
    for (let i = 1; i <= 40; i++) step(made, queueing, 10_000 + 250 * i);
    for (let i = 1; i <= 8; i++) step(made, { ...queueing, deliveredRps: 50 }, 20_000 + 250 * i);
    expect(made.knownRps[0]!).toBeLessThan(60);
  });

  it("raises the capacity by a small queue, and lowers it by none that may be chance", () => {
    const small = { ...queueing, serverMs: 100 };
    expect(step(model({ allowed: 100, known: 100 }), { ...small, deliveredRps: 80 }, 10_000).knownRps[0]).toBe(100);
    const more = model({ allowed: 100, known: 100 });
    more.usualRps[0] = 120;
    more.variance[0] = 100;
    expect(step(more, { ...small, deliveredRps: 120 }, 10_000).knownRps[0]!).toBeGreaterThan(100);
  });

  it("lets the capacity fall in steps while timeouts hide what is delivered", () => {
    const made = model({ allowed: 100, known: 100 });
    made.variance[0] = 1e9;
    const hidden = { ...queueing, deliveredRps: 20, timedOutRps: 60 };
    // Known so badly that the measurement is all there is: 70 % of what was known, once in 1.2 s.
    expect(step(made, hidden, 10_000).knownRps[0]!).toBeCloseTo(70, 0);
    expect(step(made, hidden, 10_250).knownRps[0]!).toBeCloseTo(70, 0);
  });

  it("waits while the load is rising: a rate measured over a second is too low then; but not long", () => {
    const made = model();
    made.usualRps[0] = 50;
    expect(step(made, queueing, 10_000, 0.01).allowedRps[0]).toBe(Number.POSITIVE_INFINITY);
    // Taken to be half as much again, at most.
    expect(step(made, queueing, 11_000, 0.01).knownRps[0]).toBeCloseTo(150, 6);
  });

  it("measures nothing on a handful of samples", () => {
    expect(step(model(), { ...queueing, samples: 4 }, 10_000).allowedRps[0]).toBe(Number.POSITIVE_INFINITY);
  });

  it("takes the endpoint's own word: throttled answers are saturation", () => {
    expect(step(model(), { ...calm, throttledRps: 5 }, 10_000).knownRps[0]).toBe(100);
  });

  it("grows fast back to the known capacity, and carefully beyond it", () => {
    const below = step(model({ allowed: 80, known: 100 }), calm, 10_000).allowedRps[0]!;
    const beyond = step(model({ allowed: 100, known: 100 }), calm, 10_000).allowedRps[0]!;
    expect(below / 80).toBeCloseTo(Math.exp(0.35 * 0.25), 6);
    expect(beyond / 100).toBeLessThan(1.02);
    expect(beyond).toBeGreaterThan(100);
  });

  it("does not go beyond what is known unless it is needed", () => {
    const made = model({ allowed: 100, known: 100 });
    made.usualRps[0] = 80;
    for (let i = 1; i <= 40; i++) step(made, { ...calm, deliveredRps: 80 }, 10_000 + 250 * i);
    expect(made.knownRps[0]).toBe(100);
  });

  it("probes ever faster while calm and pressed, until it is unlimited again", () => {
    const made = model({ allowed: 100, known: 100 });
    let nowMs = 10_000;
    while (made.allowedRps[0]! < Number.POSITIVE_INFINITY && nowMs < 120_000) {
      nowMs += 250;
      step(made, { ...calm, deliveredRps: 0.99 * made.allowedRps[0]! }, nowMs);
    }
    expect(made.allowedRps[0]).toBe(Number.POSITIVE_INFINITY);
  });

  it("returns to no limit after an ejection, when none was known", () => {
    const made = model({ allowed: 10 });
    let nowMs = 10_000;
    while (made.allowedRps[0]! < Number.POSITIVE_INFINITY && nowMs < 60_000) {
      nowMs += 250;
      step(made, { ...calm, deliveredRps: 0.99 * made.allowedRps[0]! }, nowMs);
    }
    expect(nowMs).toBeLessThan(30_000);
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
