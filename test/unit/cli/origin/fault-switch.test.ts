import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Fault } from "../../../../src/cli/origin/fault.ts";
import { createFaultSwitch } from "../../../../src/cli/origin/fault-switch.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function recorded() {
  const inForce: Fault[] = [];
  const faults = createFaultSwitch(async (fault) => {
    inForce.push(fault);
  });
  return { inForce, faults };
}

describe("createFaultSwitch", () => {
  it("puts a fault in force and remembers what was asked for", async () => {
    const { inForce, faults } = recorded();
    await faults.set({ hang: true });
    expect(inForce).toEqual([{ hang: true }]);
    expect(faults.asked()).toEqual({ hang: true });
  });

  it.each<[string, Fault, Fault]>([
    ["refuses by turns when flapping alone", { flapMs: 100 }, { refuse: true }],
    ["has the other faults by turns when flapping", { flapMs: 100, status: 500 }, { status: 500 }],
  ])("%s", async (_, asked, faulty) => {
    const { inForce, faults } = recorded();
    await faults.set(asked);
    await vi.advanceTimersByTimeAsync(350);
    expect(inForce).toEqual([faulty, {}, faulty, {}]);
    expect(faults.asked()).toEqual(asked);
  });

  it("stops flapping when healed and when ended", async () => {
    const { inForce, faults } = recorded();
    await faults.set({ flapMs: 100 });
    await faults.set({});
    await vi.advanceTimersByTimeAsync(1_000);
    expect(inForce).toEqual([{ refuse: true }, {}]);
    await faults.set({ flapMs: 100 });
    await faults.end();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(inForce).toHaveLength(3);
  });

  it("makes one change at a time, and the next one in spite of a failed one", async () => {
    const steps: string[] = [];
    const faults = createFaultSwitch(async (fault) => {
      steps.push(`start ${fault.status}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (fault.status === 501) throw new Error("port taken");
      steps.push(`end ${fault.status}`);
    });
    const first = expect(faults.set({ status: 501 })).rejects.toThrow("port taken");
    const second = faults.set({ status: 502 });
    await vi.advanceTimersByTimeAsync(20);
    await Promise.all([first, second]);
    expect(steps).toEqual(["start 501", "start 502", "end 502"]);
  });
});
