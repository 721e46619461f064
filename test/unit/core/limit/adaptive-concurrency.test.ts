import { describe, expect, it } from "vitest";
import {
  type ConcurrencyInput,
  createConcurrencyModel,
  stepConcurrency,
} from "../../../../src/core/limit/adaptive-concurrency.ts";

const SETTINGS = { tolerance: 1.5, minQueueMs: 50, minAdmitRatio: 0.05 };
const CALM: ConcurrencyInput = {
  endpoints: 1,
  wayMs: 60,
  serverMs: 42,
  samples: 40,
  unloadedMs: 40,
  deliveredRps: 100,
  timedOutRps: 0,
  wantedRps: 100,
};

function stepped(steps: number, input: Partial<ConcurrencyInput>, model = createConcurrencyModel(SETTINGS, 1)) {
  for (let i = 0; i < steps; i++) stepConcurrency(model, 0, { ...CALM, ...input }, 0.25);
  return model;
}

describe("stepConcurrency", () => {
  it("lets everything in while nothing queues, however much that is", () => {
    const model = stepped(40, { deliveredRps: 5_000, wantedRps: 5_000 });
    expect(model.admitRatio[0]).toBe(1);
    expect(model.limit[0]).toBe(Number.POSITIVE_INFINITY);
  });

  it("admits what is answered, times the gradient, as soon as there is a queue", () => {
    // 60 + 40 ms without a queue, 150 tolerated, 200 now: a gradient of 0.75 of 100/s, of 200 wanted.
    const model = stepped(1, { serverMs: 140, wantedRps: 200 });
    expect(model.admitRatio[0]).toBeCloseTo(0.375, 5);
    // 75/s of 150 ms each.
    expect(model.limit[0]).toBeCloseTo(11.25, 5);
  });

  it("never lets in less than half of what is answered, nor less than the least share", () => {
    expect(stepped(1, { serverMs: 10_000, wantedRps: 200 }).admitRatio[0]).toBeCloseTo(0.25, 5);
    const starved = stepped(400, { serverMs: 10_000, deliveredRps: 0.5, timedOutRps: 50, wantedRps: 1_000 });
    expect(starved.admitRatio[0]).toBe(0.05);
  });

  it("holds a queue where it is tolerated, in a closed loop", () => {
    // An endpoint that can do 100/s, asked for 200; queueing in seconds of work.
    const model = createConcurrencyModel(SETTINGS, 1);
    let queueMs = 0;
    for (let i = 0; i < 400; i++) {
      const admitted = 200 * model.admitRatio[0]!;
      queueMs = Math.max(0, queueMs + 250 * (admitted / 100 - 1));
      const deliveredRps = queueMs > 0 ? 100 : Math.min(100, admitted);
      stepped(1, { serverMs: 40 + queueMs, deliveredRps, wantedRps: 200 }, model);
    }
    expect(queueMs).toBeLessThan(120);
    expect(model.admitRatio[0]).toBeGreaterThan(0.42);
    expect(model.admitRatio[0]).toBeLessThan(0.55);
  });

  it("lets three requests for each endpoint in, however long they take", () => {
    // 5 a second of 300 ms: one and a half in flight.
    expect(stepped(40, { serverMs: 240, deliveredRps: 5, wantedRps: 5 }).admitRatio[0]).toBe(1);
    // 4 a second of 1.5 s are 6 in flight: half of them at one endpoint, all at two.
    const slow = { wayMs: 0, serverMs: 1_500, deliveredRps: 0.1, wantedRps: 4 };
    const model = stepped(40, slow);
    expect(model.admitRatio[0]).toBeCloseTo(0.5, 5);
    expect(model.limit[0]).toBeCloseTo(3, 5);
    expect(stepped(40, { ...slow, endpoints: 2 }).admitRatio[0]).toBe(1);
  });

  it("lets everything in at once where so few are in flight, whatever was refused before", () => {
    const model = stepped(8, { serverMs: 1_000, wantedRps: 200 });
    expect(model.admitRatio[0]).toBeLessThan(0.5);
    expect(stepped(1, { wantedRps: 10, deliveredRps: 10 }, model).admitRatio[0]).toBe(1);
  });

  it("lets everything in again once there is room", () => {
    const model = stepped(8, { serverMs: 1_000, wantedRps: 200 });
    expect(model.admitRatio[0]).toBeLessThan(0.5);
    // 15 % a second from a quarter: ln 4 / ln 1.15 is 10 s, and the growth ends with the queue.
    expect(stepped(80, { wantedRps: 100 }, model).admitRatio[0]).toBe(1);
  });

  it("goes on giving an endpoint that became slow a share of what it did", () => {
    const model = stepped(40, { deliveredRps: 100, wantedRps: 100 });
    stepped(40, { serverMs: 400, deliveredRps: 5, wantedRps: 100 }, model);
    expect(model.admitRatio[0]).toBeGreaterThan(0.15);
  });

  it("decides nothing on hardly any samples, nor while nobody asks", () => {
    expect(stepped(10, { serverMs: 5_000, samples: 1, wantedRps: 500 }).admitRatio[0]).toBe(1);
    expect(stepped(10, { serverMs: Number.NaN, wantedRps: 500 }).admitRatio[0]).toBe(1);
    expect(stepped(10, { serverMs: 5_000, wantedRps: 0 }).admitRatio[0]).toBe(1);
  });
});
