import { describe, expect, it } from "vitest";
import { createQueue, offer, takeBatch } from "../../../../src/telemetry/trace/queue.ts";

describe("the queue of spans", () => {
  it("gives back what it took in order, a batch at a time", () => {
    const queue = createQueue(10);
    offer(queue, ["a", "b", "c"]);
    offer(queue, ["d"]);
    expect(takeBatch(queue, 3)).toEqual(["a", "b", "c"]);
    expect(takeBatch(queue, 3)).toEqual(["d"]);
    expect(takeBatch(queue, 3)).toEqual([]);
    expect(queue.characters).toBe(0);
  });

  it("takes a trace whole or not at all, and counts what it drops", () => {
    const queue = createQueue(4);
    expect(offer(queue, ["a", "b", "c"])).toBe(true);
    expect(offer(queue, ["d", "e"])).toBe(false);
    expect(offer(queue, ["f"])).toBe(true);
    expect(queue.dropped).toBe(2);
  });

  it("is bounded in characters, as its exports are", () => {
    const queue = createQueue(10_000);
    const long = "x".repeat(100_000);
    for (let i = 0; i < 100; i += 1) offer(queue, [long]);
    // 4 MiB hold 41 spans of 100,000 characters, 1 MiB holds 10.
    expect(queue.spans.length).toBe(41);
    expect(queue.dropped).toBe(59);
    expect(takeBatch(queue, 10_000).length).toBe(10);
    expect(queue.characters).toBe(31 * 100_000);
  });

  it("sends a span that is too long for an export alone", () => {
    const queue = createQueue(10);
    offer(queue, ["x".repeat(2_000_000), "y"]);
    expect(takeBatch(queue, 10).length).toBe(1);
  });
});
