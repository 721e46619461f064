import { describe, expect, it } from "vitest";
import { type Bucket, createBucket } from "../../../../src/core/history/bucket.ts";
import { createSketch, recordSketch, sketchToColumns } from "../../../../src/core/load/sketch.ts";
import { eventsOf } from "../../../../src/core/slo/indicator.ts";
import type { Objective } from "../../../../src/core/slo/objective.ts";
import { BUCKETS, bucketOf } from "../../../../src/core/traffic/buckets.ts";

const objective = (rest: Partial<Objective>): Objective => ({
  name: "one",
  kind: "availability",
  route: null,
  target: 0.99,
  thresholdMs: null,
  windowMs: 1,
  ...rest,
});

function bucket(latencies: readonly number[], failed: number, refused: number): Bucket {
  const sketch = createSketch();
  for (const ms of latencies) recordSketch(sketch, ms);
  const made = createBucket();
  const good = latencies.length;
  made.regions.set("weur", { requests: good + failed, refused, good, failed, latency: sketchToColumns(sketch) });
  return made;
}

function route(latencies: readonly number[], failed: number) {
  const durations = new Array<number>(BUCKETS).fill(0);
  for (const ms of latencies) durations[bucketOf(ms)]! += 1;
  return { requests: latencies.length, failed, durations };
}

describe("what counts for an objective", () => {
  it("is attempts, and requests that none was made for, where nothing is told by route", () => {
    expect(eventsOf(bucket([10, 20, 30], 2, 1), objective({}))).toEqual({ total: 6, bad: 3 });
  });

  it("is what callers got where that is told: a failure that a retry mended is good", () => {
    const made = bucket([10, 20, 30], 2, 0);
    made.routes.set("a", route([10, 20], 0)).set("b", route([30], 1));
    expect(eventsOf(made, objective({}))).toEqual({ total: 3, bad: 1 });
    expect(eventsOf(made, objective({ route: "a" }))).toEqual({ total: 2, bad: 0 });
    expect(eventsOf(made, objective({ route: "c" }))).toEqual({ total: 0, bad: 0 });
  });

  it("is good answers by how long they took", () => {
    const made = bucket([10, 100, 290, 320, 5_000], 4, 0);
    expect(eventsOf(made, objective({ kind: "latency", thresholdMs: 300 }))).toEqual({ total: 5, bad: 2 });
  });

  it("is exact at a route's bounds", () => {
    const made = createBucket();
    made.routes.set("a", route([249, 250, 250.1, 400, 40_000], 0));
    expect(eventsOf(made, objective({ kind: "latency", route: "a", thresholdMs: 250 }))).toEqual({ total: 5, bad: 3 });
    expect(eventsOf(made, objective({ kind: "latency", route: "a", thresholdMs: 32_000 }))).toEqual({
      total: 5,
      bad: 1,
    });
  });
});
