import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEventQueue, runUntil, schedule } from "../../../../src/simulate/engine/event-queue.ts";

describe("an event queue", () => {
  it("lets everything happen in the order of time, and of scheduling where times are equal", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 400 }), (times) => {
        const queue = createEventQueue(0);
        const seen: { atMs: number; number: number }[] = [];
        times.forEach((atMs, number) => {
          schedule(queue, atMs, () => seen.push({ atMs: queue.nowMs, number }), null);
        });
        runUntil(queue, 50);
        const expected = times
          .map((atMs, number) => ({ atMs, number }))
          .sort((a, b) => a.atMs - b.atMs || a.number - b.number);
        expect(seen).toEqual(expected);
      }),
    );
  });

  it("lets happen what is scheduled meanwhile, now at the earliest", () => {
    const queue = createEventQueue(100);
    const seen: number[] = [];
    schedule(queue, 110, () => schedule(queue, 5, () => seen.push(queue.nowMs), null), null);
    runUntil(queue, 120);
    expect(seen).toEqual([110]);
    expect(queue.nowMs).toBe(120);
  });

  it("hands each event its subject and tag", () => {
    const queue = createEventQueue(0);
    const seen: unknown[] = [];
    schedule(queue, 1, (subject: string, tag) => seen.push(subject, tag), "a", 7);
    schedule(queue, 2, (subject: string, tag) => seen.push(subject, tag), "b");
    runUntil(queue, 1);
    expect(seen).toEqual(["a", 7]);
    runUntil(queue, 2);
    expect(seen).toEqual(["a", 7, "b", 0]);
  });

  it("takes as much memory as events wait at once, however many happen", () => {
    const queue = createEventQueue(0);
    const again = () => schedule(queue, queue.nowMs + 1, again, null);
    for (let i = 0; i < 100; i++) schedule(queue, i / 100, again, null);
    const columns = queue.tags.length;
    runUntil(queue, 1_000);
    expect(queue.happened).toBeGreaterThan(99_000);
    expect(queue.tags.length).toBe(columns);
    expect(queue.handlers.length).toBeLessThanOrEqual(columns);
  });

  it("grows when more events wait than ever before", () => {
    const queue = createEventQueue(0);
    let count = 0;
    for (let i = 0; i < 5_000; i++) schedule(queue, i % 7, () => count++, null);
    runUntil(queue, 7);
    expect(count).toBe(5_000);
  });
});
