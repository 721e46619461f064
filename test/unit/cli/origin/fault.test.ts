import { describe, expect, it } from "vitest";
import { FAULT_WORDS, type Fault, readFault, writeFault } from "../../../../src/cli/origin/fault.ts";

describe("readFault", () => {
  it.each<[string, Fault]>([
    ["latency=300ms", { latencyMs: 300 }],
    ["latency=1m1s", { latencyMs: 61_000 }],
    ["error-rate=20%", { errorRatio: 0.2 }],
    ["error-rate=0.2", { errorRatio: 0.2 }],
    ["error-rate=100%", { errorRatio: 1 }],
    ["hang", { hang: true }],
    ["refuse", { refuse: true }],
    ["reset", { reset: true }],
    ["slow=x10", { slowFactor: 10 }],
    ["slow=×1.5", { slowFactor: 1.5 }],
    ["slow=10", { slowFactor: 10 }],
    ["flap=3s", { flapMs: 3_000 }],
    ["capacity=50/s", { capacityPerSecond: 50 }],
    ["capacity=50", { capacityPerSecond: 50 }],
    ["status=503", { status: 503 }],
    ["heal", {}],
    ["clear", {}],
  ])("reads %s", (word, fault) => {
    expect(readFault([word])).toEqual({ ok: true, fault });
  });

  it("combines several", () => {
    expect(readFault(["latency=1s", "error-rate=5%", "flap=2s"])).toEqual({
      ok: true,
      fault: { latencyMs: 1_000, errorRatio: 0.05, flapMs: 2_000 },
    });
  });

  it.each([
    ["latency=fast", "latency=300ms"],
    ["latency", "latency=300ms"],
    ["error-rate=101%", "error-rate=20%"],
    ["slow=x0", "slow=x10"],
    ["status=42", "status=500"],
    ["hang=1s", "hang"],
    ["flap=10ms", "flap=3s"],
    ["explode", "hang, refuse"],
  ])("refuses %s and says what it expects", (word, expected) => {
    expect(readFault(["hang", word])).toEqual({ ok: false, word, expected: expect.stringContaining(expected) });
  });

  it("reads every form that help shows", () => {
    for (const { form } of FAULT_WORDS) expect(readFault([form]).ok).toBe(true);
  });
});

describe("writeFault", () => {
  it("writes what readFault reads back", () => {
    const fault: Fault = {
      latencyMs: 300,
      slowFactor: 1.5,
      errorRatio: 0.07,
      status: 500,
      hang: true,
      refuse: true,
      reset: true,
      capacityPerSecond: 50,
      flapMs: 3_000,
    };
    expect(readFault(writeFault(fault).split(" "))).toEqual({ ok: true, fault });
  });

  it("calls no fault well", () => {
    expect(writeFault({})).toBe("well");
  });
});
