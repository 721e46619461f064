import { describe, expect, it } from "vitest";
import { detectMs, recoverMs } from "../../../../src/simulate/measure/reaction.ts";
import {
  createRecorder,
  type Recorder,
  recordFirstAttempt,
  recordRequest,
} from "../../../../src/simulate/measure/recorder.ts";
import type { Scenario } from "../../../../src/simulate/scenario.ts";

const DOWN: Scenario = {
  name: "down",
  faults: [{ fault: { type: "down", target: { type: "endpoint", id: "a" } }, atMs: 10_000, forMs: 20_000 }],
};

/** First attempts at a faulty and a healthy endpoint, and requests, a hundred a second each in shares that depend on the time. */
function played(faultyShareAt: (sinceMs: number) => number, successAt: (sinceMs: number) => number): Recorder {
  const recorder = createRecorder({ scenario: DOWN, durationMs: 60_000, sloMs: 100, endpoints: 2 });
  let faulty = 0;
  let failed = 0;
  for (let atMs = 0; atMs < 60_000; atMs += 10) {
    faulty += faultyShareAt(atMs);
    failed += 1 - successAt(atMs);
    const isFaulty = faulty >= 1;
    if (isFaulty) faulty -= 1;
    const isFailed = failed >= 1;
    if (isFailed) failed -= 1;
    recordFirstAttempt(recorder, atMs, isFaulty ? 0 : 1, isFaulty);
    recordRequest(recorder, atMs, { ok: !isFailed, latencyMs: 50, retries: 0, isShed: false });
  }
  return recorder;
}

describe("the reaction", () => {
  const leaving = (sinceMs: number) => (sinceMs >= 12_000 && sinceMs < 33_000 ? 0 : 0.5);

  it("is detected when the faulty share stays below a tenth of what it was", () => {
    const recorder = played(leaving, () => 1);
    expect(Math.abs(detectMs(recorder, true)! - 2_000)).toBeLessThanOrEqual(100);
  });

  it("is over when success and half of the share are back", () => {
    const recorder = played(leaving, (sinceMs) => (sinceMs >= 10_000 && sinceMs < 35_500 ? 0.5 : 1));
    expect(Math.abs(recoverMs(recorder, true, 30_000)! - 5_500)).toBeLessThanOrEqual(100);
    const quick = played(leaving, () => 1);
    // Half of the share is in a second half of which the traffic is back.
    expect(Math.abs(recoverMs(quick, true, 30_000)! - 2_500)).toBeLessThanOrEqual(100);
  });

  it("never comes, or is nobody's", () => {
    const stubborn = played(
      () => 0.5,
      (sinceMs) => (sinceMs >= 10_000 ? 0.5 : 1),
    );
    expect(detectMs(stubborn, true)).toBeNull();
    expect(recoverMs(stubborn, true, 30_000)).toBeNull();
    expect(detectMs(stubborn, false)).toBeNull();
  });
});
