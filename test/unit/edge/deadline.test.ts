import { describe, expect, it } from "vitest";
import { createDeadlines, disarm, type InFlight, sweep } from "../../../src/edge/deadline.ts";

function attemptDue(dueMs: number) {
  const seen: string[] = [];
  const attempt: InFlight = {
    dueMs,
    wake: (why) => seen.push(why),
    wokenAtMs: 0,
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

  it("never wakes an attempt without a deadline", () => {
    const deadlines = createDeadlines();
    const { attempt, seen } = attemptDue(Number.POSITIVE_INFINITY);
    deadlines.inFlight.add(attempt);
    sweep(deadlines, Number.MAX_SAFE_INTEGER);
    expect(seen).toEqual([]);
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
