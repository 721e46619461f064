import { describe, expect, it } from "vitest";
import { askedFault, drawFault } from "../../../../src/core/filter/fault.ts";
import type { FaultInjection } from "../../../../src/core/mesh.ts";
import { seededRng } from "../../../../src/core/rng.ts";

const fault: FaultInjection = {
  delay: { ms: 100, fraction: 0.2 },
  abort: { status: 503, fraction: 0.1 },
  byHeader: true,
};
const N = 20_000;

describe("drawFault", () => {
  it("draws delay and abort apart, each as often as configured", () => {
    const rng = seededRng(5);
    let [delayed, aborted, both] = [0, 0, 0];
    for (let i = 0; i < N; i += 1) {
      const drawn = drawFault(fault, rng, null);
      if (drawn.delayMs === 100) delayed += 1;
      if (drawn.abortStatus === 503) aborted += 1;
      if (drawn.delayMs > 0 && drawn.abortStatus > 0) both += 1;
    }
    // Binomial: five standard deviations are 0.014, 0.011 and 0.005 of all.
    expect(Math.abs(delayed / N - 0.2)).toBeLessThan(0.014);
    expect(Math.abs(aborted / N - 0.1)).toBeLessThan(0.011);
    expect(Math.abs(both / N - 0.02)).toBeLessThan(0.005);
  });

  it("does nothing where nothing is configured, and always what is at one", () => {
    expect(drawFault({ delay: null, abort: null, byHeader: true }, () => 0, null)).toEqual({
      delayMs: 0,
      abortStatus: 0,
    });
    const always = { ...fault, delay: { ms: 7, fraction: 1 }, abort: { status: 500, fraction: 0 } };
    expect(drawFault(always, () => 0.999, null)).toEqual({ delayMs: 7, abortStatus: 0 });
  });

  it("does what is asked for in place of what is configured, kind by kind", () => {
    expect(drawFault(fault, () => 0, { delayMs: 5, abortStatus: null })).toEqual({ delayMs: 5, abortStatus: 503 });
    expect(drawFault(fault, () => 0.99, { delayMs: null, abortStatus: 400 })).toEqual({ delayMs: 0, abortStatus: 400 });
  });
});

describe("askedFault", () => {
  it.each([
    ["250", null, { delayMs: 250, abortStatus: null }],
    ["0", "503", { delayMs: 0, abortStatus: 503 }],
    ["60000", "599", { delayMs: 60_000, abortStatus: 599 }],
    ["60001", null, null],
    ["-1", "200", null],
    ["1e3", "399", null],
    ["", "600", null],
    [null, null, null],
  ])("reads %j and %j as %j", (delay, abort, expected) => {
    expect(askedFault(delay, abort)).toEqual(expected);
  });
});
