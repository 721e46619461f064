import { describe, expect, it } from "vitest";
import { runUntil, schedule } from "../../../../src/simulate/engine/event-queue.ts";
import { WELL } from "../../../../src/simulate/world/condition.ts";
import { crash, offer, serveWaiting } from "../../../../src/simulate/world/serving.ts";
import { accountBusy } from "../../../../src/simulate/world/station.ts";
import { type Bench, benchOf, jobOf } from "./stations.ts";

interface Seen {
  readonly job: number;
  readonly atMs: number;
  readonly served: boolean;
}

/** Offers jobs of one mean service time each; says what became of them. */
function offerAll({ queue, station }: Bench, count: number, seen: Seen[]): boolean[] {
  return Array.from({ length: count }, (_, number) =>
    offer(
      queue,
      station,
      jobOf(1, (_job, served) => seen.push({ job: number, atMs: queue.nowMs, served })),
    ),
  );
}

describe("serving", () => {
  it("goes on first in, first out, as many at once as there are servers", () => {
    const bench = benchOf({ servers: 2, meanServiceMs: 10 });
    const seen: Seen[] = [];
    offerAll(bench, 5, seen);
    runUntil(bench.queue, 100);
    expect(seen.map(({ job, atMs }) => [job, atMs])).toEqual([
      [0, 10],
      [1, 10],
      [2, 20],
      [3, 20],
      [4, 30],
    ]);
  });

  it("keeps the order of a queue that wraps around and grows", () => {
    const bench = benchOf({ servers: 1, meanServiceMs: 1 });
    const seen: Seen[] = [];
    let number = 0;
    const feed = () => {
      for (let i = 0; i < 3; i++) {
        const job = number++;
        offer(
          bench.queue,
          bench.station,
          jobOf(1, () => seen.push({ job, atMs: 0, served: true })),
        );
      }
      if (number < 300) schedule(bench.queue, bench.queue.nowMs + 1, feed, null);
    };
    feed();
    runUntil(bench.queue, 1_000);
    expect(seen.map(({ job }) => job)).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  it("does not take more than fit into the queue", () => {
    const bench = benchOf({ servers: 1, meanServiceMs: 10, queueLimit: 2 });
    expect(offerAll(bench, 5, [])).toEqual([true, true, true, false, false]);
  });

  it("loses everything at once in a crash, and nothing of it comes later", () => {
    const bench = benchOf({ servers: 2, meanServiceMs: 10 });
    const seen: Seen[] = [];
    offerAll(bench, 4, seen);
    runUntil(bench.queue, 5);
    crash(bench.queue, bench.station);
    expect(seen.every(({ served, atMs }) => !served && atMs === 5)).toBe(true);
    expect(seen).toHaveLength(4);
    offerAll(bench, 1, seen);
    runUntil(bench.queue, 100);
    expect(seen).toHaveLength(5);
    expect(seen.at(-1)).toEqual({ job: 0, atMs: 15, served: true });
  });

  it.each([
    ["is slower by the factor of a slowdown", { slowdown: 10 }, [100, 100, 200, 200]],
    ["goes on with half of the servers after a cut", { serversRatio: 0.5 }, [10, 20, 30, 40]],
    ["is slower when less than one server is left", { serversRatio: 0.25 }, [20, 40, 60, 80]],
  ])("%s", (_, condition, ends) => {
    const bench = benchOf({ servers: 2, meanServiceMs: 10 });
    bench.station.condition = { ...WELL, ...condition };
    const seen: Seen[] = [];
    offerAll(bench, 4, seen);
    runUntil(bench.queue, 1_000);
    expect(seen.map(({ atMs }) => atMs)).toEqual(ends);
  });

  it("begins what waits when servers come back", () => {
    const bench = benchOf({ servers: 4, meanServiceMs: 10 });
    bench.station.condition = { ...WELL, serversRatio: 0.25 };
    const seen: Seen[] = [];
    offerAll(bench, 4, seen);
    bench.station.condition = WELL;
    serveWaiting(bench.queue, bench.station);
    runUntil(bench.queue, 10);
    expect(seen).toHaveLength(4);
  });

  it("is slow with cold caches, ever less until they are warm", () => {
    const bench = benchOf({ servers: 1, meanServiceMs: 10 });
    Object.assign(bench.station, { coldSinceMs: 0, coldFactor: 3, warmMs: 100 });
    const seen: Seen[] = [];
    offerAll(bench, 1, seen);
    runUntil(bench.queue, 50);
    offerAll(bench, 1, seen);
    runUntil(bench.queue, 100);
    offerAll(bench, 1, seen);
    runUntil(bench.queue, 200);
    expect(seen.map(({ atMs }) => atMs)).toEqual([30, 70, 110]);
  });

  it("accounts for the work done", () => {
    const bench = benchOf({ servers: 2, meanServiceMs: 10 });
    offerAll(bench, 3, []);
    runUntil(bench.queue, 15);
    accountBusy(bench.station, 15);
    expect(bench.station.busyMs).toBe(25);
  });
});
