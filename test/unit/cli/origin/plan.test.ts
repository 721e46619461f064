import { describe, expect, it } from "vitest";
import type { Fault } from "../../../../src/cli/origin/fault.ts";
import { plan } from "../../../../src/cli/origin/plan.ts";

const at = (nowMs: number, queueFreeAtMs = 0, rng = () => 0.5) => ({
  nowMs,
  queueFreeAtMs,
  baseLatencyMs: 10,
  jitterMs: 4,
  rng,
});

describe("plan", () => {
  it.each<[string, Fault, object]>([
    ["answers after its own latency when well", {}, { kind: "answer", afterMs: 12, status: 200, isReset: false }],
    ["adds latency", { latencyMs: 300 }, { afterMs: 312, status: 200 }],
    ["multiplies latency", { slowFactor: 10 }, { afterMs: 120, status: 200 }],
    ["answers a fixed status at once", { status: 500, latencyMs: 300 }, { afterMs: 0, status: 500 }],
    ["hangs whatever else is wrong", { hang: true, status: 500 }, { kind: "hang" }],
    ["breaks the body of the answer", { reset: true }, { afterMs: 12, isReset: true }],
    ["fails below the error rate", { errorRatio: 0.6 }, { afterMs: 12, status: 500 }],
    ["succeeds above the error rate", { errorRatio: 0.4 }, { afterMs: 12, status: 200 }],
  ])("%s", (_, fault, expected) => {
    expect(plan(fault, at(1_000))).toMatchObject(expected);
  });

  it("never fails at an error rate of 0 and always at 1", () => {
    expect(
      plan(
        { errorRatio: 0 },
        at(0, 0, () => 0),
      ),
    ).toMatchObject({ status: 200 });
    expect(
      plan(
        { errorRatio: 1 },
        at(0, 0, () => 0.999_999),
      ),
    ).toMatchObject({ status: 500 });
  });

  it("queues what exceeds its capacity, and turns away what would wait over a second", () => {
    const answers: { afterMs: number; status: number }[] = [];
    let queueFreeAtMs = 0;
    for (let i = 0; i < 13; i++) {
      const next = plan({ capacityPerSecond: 10 }, at(5_000, queueFreeAtMs));
      if (next.kind === "answer") answers.push({ afterMs: next.afterMs, status: next.status });
      queueFreeAtMs = next.queueFreeAtMs;
    }
    expect(answers.slice(0, 3)).toEqual([12, 112, 212].map((afterMs) => ({ afterMs, status: 200 })));
    expect(answers.map(({ status }) => status)).toEqual([...Array<number>(11).fill(200), 503, 503]);
  });

  it("serves at once again when the queue has run empty", () => {
    expect(plan({ capacityPerSecond: 10 }, at(9_000, 8_999))).toMatchObject({ afterMs: 12, queueFreeAtMs: 9_100 });
  });
});
