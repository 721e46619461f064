import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bucketEndMs,
  countAbove,
  createSketch,
  decaySketch,
  mergeColumns,
  quantile,
  recordSketch,
  resetSketch,
  SKETCH_RELATIVE_ERROR,
  type Sketch,
  sketchToColumns,
} from "../../../../src/core/load/sketch.ts";
import { MAX_SKETCH_BUCKETS } from "../../../../src/core/protocol.ts";

function sketchOf(values: readonly number[]): Sketch {
  const sketch = createSketch();
  for (const value of values) recordSketch(sketch, value);
  return sketch;
}

/** The exact value at the rank the sketch uses: floor(q·(n − 1)) in ascending order. */
function exactQuantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))]!;
}

const latency = fc.double({ min: 0.02, max: 3_600_000, noNaN: true });
const latencies = fc.array(latency, { minLength: 1, maxLength: 300 });

describe("the latency sketch", () => {
  it("gives 0 for every quantile while it is empty", () => {
    expect([0, 0.5, 1].map((q) => quantile(createSketch(), q))).toEqual([0, 0, 0]);
  });

  it("knows every quantile to within 2 %", () => {
    fc.assert(
      fc.property(latencies, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const exact = exactQuantile(values, q);
        const error = Math.abs(quantile(sketchOf(values), q) - exact) / exact;
        // 1e-9 for the rounding of log and power at a bucket's edge.
        expect(error).toBeLessThanOrEqual(SKETCH_RELATIVE_ERROR + 1e-9);
      }),
    );
  });

  it("merges into the same as counting everything in one, in any order", () => {
    fc.assert(
      fc.property(latencies, latencies, (a, b) => {
        const whole = sketchOf([...a, ...b]);
        const ab = sketchOf(a);
        mergeColumns(ab, sketchToColumns(sketchOf(b)));
        const ba = sketchOf(b);
        mergeColumns(ba, sketchToColumns(sketchOf(a)));
        expect(ab).toEqual(whole);
        expect(ba).toEqual(whole);
      }),
    );
  });

  it("survives the way through JSON", () => {
    const sketch = sketchOf([0, 3, 250, 9_000]);
    const copy = createSketch();
    mergeColumns(copy, JSON.parse(JSON.stringify(sketchToColumns(sketch))));
    expect(copy).toEqual(sketch);
  });

  it.each([
    ["zero and less count as zero", [0, -5, 0.001], 0, 3],
    ["what is not a number is ignored", [Number.NaN], 0, 0],
  ])("%s", (_, values, value, total) => {
    const sketch = sketchOf(values);
    expect([quantile(sketch, 0.5), sketch.total]).toEqual([value, total]);
  });

  it("puts what is beyond its range into the last bucket", () => {
    const sketch = sketchOf([1e12, Number.POSITIVE_INFINITY]);
    expect(sketchToColumns(sketch)).toEqual({ zeroCount: 0, firstBucket: MAX_SKETCH_BUCKETS - 1, counts: [2] });
  });

  it("never sends more buckets than a peer accepts", () => {
    expect(sketchToColumns(sketchOf([0.02, 1e12])).counts.length).toBeLessThanOrEqual(MAX_SKETCH_BUCKETS);
  });

  it("forgets by a factor without moving its quantiles", () => {
    const sketch = sketchOf(Array.from({ length: 1_000 }, (_, i) => i + 1));
    const before = [0.1, 0.5, 0.99].map((q) => quantile(sketch, q));
    decaySketch(sketch, 0.5);
    expect(sketch.total).toBeCloseTo(500, 9);
    // A bucket's width is 4 %; the rank moves by at most half a value.
    for (const [i, q] of [0.1, 0.5, 0.99].entries()) {
      expect(Math.abs(quantile(sketch, q) / before[i]! - 1)).toBeLessThan(0.041);
    }
  });

  it("counts the values above a limit, all but those within a bucket of it", () => {
    fc.assert(
      fc.property(latencies, latency, (values, limitMs) => {
        const found = countAbove(sketchOf(values), limitMs);
        expect(found).toBeLessThanOrEqual(values.filter((value) => value > limitMs).length);
        expect(found).toBeGreaterThanOrEqual(values.filter((value) => value > limitMs * 1.0409).length);
      }),
    );
    expect(countAbove(sketchOf([0, 5, 10]), 0)).toBe(2);
    expect(bucketEndMs(1) / bucketEndMs(0)).toBeCloseTo(1.0408, 4);
  });

  it("drops what decayed to nothing from its range", () => {
    const sketch = sketchOf([5_000]);
    decaySketch(sketch, 1e-4);
    expect(sketch).toEqual(createSketch());
  });

  it("is as new after a reset", () => {
    const sketch = sketchOf([0, 1, 100, 10_000]);
    resetSketch(sketch);
    expect(sketch).toEqual(createSketch());
  });

  it("puts a bucket a wrong peer numbered out of range at the nearest end", () => {
    const sketch = createSketch();
    mergeColumns(sketch, { zeroCount: 0, firstBucket: MAX_SKETCH_BUCKETS - 1, counts: [1, 1] });
    expect(sketchToColumns(sketch)).toEqual({ zeroCount: 0, firstBucket: MAX_SKETCH_BUCKETS - 1, counts: [2] });
  });
});
