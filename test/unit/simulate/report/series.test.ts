import { describe, expect, it } from "vitest";
import {
  endpointLabel,
  endpointSeries,
  failedOtherwise,
  MAX_BUCKETS,
  MAX_SERIES,
  thinned,
} from "../../../../src/simulate/report/series.ts";
import { resultOf } from "./results.ts";

const total = (column: readonly number[]) => column.reduce((sum, value) => sum + value, 0);

/** A timeline of so many alike buckets. */
function timelineOf(buckets: number) {
  const { timeline } = resultOf();
  const repeat = (column: readonly number[]) =>
    Array.from({ length: buckets }, (_, index) => column[index % column.length]!);
  return {
    bucketMs: 1_000,
    atMs: Array.from({ length: buckets }, (_, index) => index * 1_000),
    requests: repeat(timeline.requests),
    failed: repeat(timeline.failed),
    retries: repeat(timeline.retries),
    shed: repeat(timeline.shed),
    p50Ms: repeat(timeline.p50Ms),
    p90Ms: repeat(timeline.p90Ms),
    p99Ms: repeat(timeline.p99Ms),
    attempts: timeline.attempts.map(repeat),
  };
}

describe("thinned", () => {
  it("leaves a short timeline as it is", () => {
    const { timeline } = resultOf();
    expect(thinned(timeline)).toBe(timeline);
  });

  it("keeps every count and the worst percentile of a long one", () => {
    const long = timelineOf(1_001);
    const short = thinned(long);
    expect(short.atMs.length).toBeLessThanOrEqual(MAX_BUCKETS);
    expect(short.bucketMs).toBe(5_000);
    expect(total(short.requests)).toBe(total(long.requests));
    expect(total(short.attempts[1]!)).toBe(total(long.attempts[1]!));
    expect(Math.max(...short.p99Ms)).toBe(Math.max(...long.p99Ms));
  });

  it("has no percentile where no bucket had one", () => {
    const long = timelineOf(1_000);
    const short = thinned({ ...long, p50Ms: long.p50Ms.map((value, index) => (index < 6 ? Number.NaN : value)) });
    expect(short.p50Ms[0]).toBeNaN();
    expect(short.p50Ms[1]).toBeGreaterThan(0);
  });
});

describe("endpointSeries", () => {
  it("shows faulty and busy endpoints by themselves and the others together, losing no request", () => {
    const { endpoints, timeline } = resultOf();
    const many = Array.from({ length: 20 }, (_, index) => ({
      ...endpoints[1]!,
      id: `e${index}`,
      isFaulty: index === 7,
    }));
    const attempts = many.map((_, index) => timeline.atMs.map(() => (index === 7 ? 0 : index)));
    const series = endpointSeries({ endpoints: many }, { ...timeline, attempts });
    expect(series).toHaveLength(MAX_SERIES);
    expect(series.map(({ label }) => label)).toEqual(["e7", "e14", "e15", "e16", "e17", "e18", "e19", "13 others"]);
    expect(total(series.flatMap((one) => one.attempts))).toBe(total(attempts.flat()));
  });
});

describe("failedOtherwise", () => {
  it("counts a shed request once, and not at all when a fallback answered it", () => {
    const { timeline } = resultOf();
    expect(failedOtherwise({ ...timeline, failed: [5, 2, 0], shed: [2, 2, 3] })).toEqual([3, 0, 0]);
  });
});

describe("endpointLabel", () => {
  it("names the service where there are several", () => {
    expect(endpointLabel({ id: "a", service: "x" }, [{ service: "x" }])).toBe("a");
    expect(endpointLabel({ id: "a", service: "x" }, [{ service: "x" }, { service: "y" }])).toBe("x/a");
  });
});
