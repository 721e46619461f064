import { describe, expect, it } from "vitest";
import { arm, createDeadlines, disarm, type InFlight, sweep } from "../../../src/edge/deadline.ts";

function attemptDue(dueMs: number) {
  const seen: string[] = [];
  const attempt: InFlight = {
    dueMs,
    wake: (why) => seen.push(why),
    armedAtMs: 0,
    wokenAtMs: 0,
    isEnded: false,
    onGone: (_, nowMs) => seen.push(`gone at ${nowMs}`),
  };
  return { attempt, seen };
}

describe("sweep", () => {
  it("wakes an attempt once, when it is due and not before", () => {
    const deadlines = createDeadlines();
    const { attempt, seen } = attemptDue(100);
    deadlines.inFlight.add(attempt);
    sweep(deadlines, 99);
    expect(seen).toEqual([]);
    sweep(deadlines, 100);
    sweep(deadlines, 125);
    expect(seen).toEqual(["overdue"]);
  });

  it("says when to look again: at the next deadline, within a tenth of a second", () => {
    const deadlines = createDeadlines();
    expect(sweep(deadlines, 1_000)).toBe(1_100);
    deadlines.inFlight.add(attemptDue(1_070).attempt);
    expect(sweep(deadlines, 1_000)).toBe(1_070);
  });

  it("looks more often while attempts have little time", () => {
    const deadlines = createDeadlines();
    const context = { waitUntil: () => {} } as unknown as ExecutionContext;
    deadlines.owner = 1;
    deadlines.tickedAtMs = 1_000;
    const { attempt } = attemptDue(1_030);
    arm(deadlines, attempt, 1_000, context);
    disarm(deadlines, attempt);
    expect(sweep(deadlines, 1_001)).toBe(1_031);
  });

  it("asks an attempt without a deadline every 2 s whether its request is still there", () => {
    const deadlines = createDeadlines();
    deadlines.owner = 1;
    const ctx = { waitUntil() {} } as unknown as Parameters<typeof arm>[3];
    const { attempt, seen } = attemptDue(Number.POSITIVE_INFINITY);
    arm(deadlines, attempt, 0, ctx);
    sweep(deadlines, 1_999);
    expect(seen).toEqual([]);
    sweep(deadlines, 2_000);
    arm(deadlines, attempt, 2_010, ctx);
    sweep(deadlines, 4_009);
    expect(seen).toEqual(["rearm"]);
    sweep(deadlines, 4_010);
    sweep(deadlines, 5_010);
    expect(seen).toEqual(["rearm", "rearm", "gone at 5010"]);
    expect(attempt.isEnded).toBe(true);
    expect(deadlines.inFlight.size).toBe(0);
  });

  it("ends an attempt whose request did not answer to being woken", () => {
    const deadlines = createDeadlines();
    const { attempt, seen } = attemptDue(100);
    deadlines.inFlight.add(attempt);
    sweep(deadlines, 100);
    sweep(deadlines, 1_099);
    expect(deadlines.inFlight.size).toBe(1);
    sweep(deadlines, 1_100);
    expect(seen).toEqual(["overdue", "gone at 1100"]);
    expect(deadlines.inFlight.size).toBe(0);
  });

  it("forgets an attempt that ended by itself", () => {
    const deadlines = createDeadlines();
    const { attempt, seen } = attemptDue(100);
    deadlines.inFlight.add(attempt);
    disarm(deadlines, attempt);
    disarm(deadlines, attempt);
    sweep(deadlines, 10_000);
    expect(seen).toEqual([]);
  });
});
