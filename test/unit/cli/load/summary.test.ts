import { describe, expect, it } from "vitest";
import { createSummary, type LoadResult, percentile } from "../../../../src/cli/load/summary.ts";

const result = (over: Partial<LoadResult>): LoadResult => ({
  index: 0,
  dueAtMs: 0,
  doneAtMs: 0,
  status: 200,
  ok: true,
  endpoint: "aws",
  attempts: "",
  latencyMs: 10,
  error: "",
  ...over,
});

describe("percentile", () => {
  it("takes the nearest rank", () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    expect([50, 90, 99, 100, 1].map((percent) => percentile(values, percent))).toEqual([5, 9, 10, 10, 1]);
    expect(percentile([7], 50)).toBe(7);
    expect(percentile([], 50)).toBeNaN();
  });
});

describe("createSummary", () => {
  it("counts by status, endpoint and second of sending", () => {
    const summary = createSummary(1_000);
    for (const dueAtMs of [0, 500, 2_100]) summary.onSent(dueAtMs, 1);
    summary.onResult(result({ latencyMs: 30 }));
    summary.onResult(result({ dueAtMs: 500, status: 0, ok: false, endpoint: "", error: "refused" }));
    summary.onResult(result({ dueAtMs: 2_100, status: 503, ok: false, endpoint: "gcp" }));
    const found = summary.project(3);
    expect(found).toMatchObject({
      sent: 3,
      ok: 1,
      failed: 2,
      byStatus: { 0: 1, 200: 1, 503: 1 },
      byEndpoint: { aws: 1, gcp: 1 },
      p50Ms: 30,
      maxMs: 30,
      maxLateMs: 1,
      seconds: 3,
    });
    expect(found.timeline).toMatchObject([
      { fromMs: 0, sent: 2, ok: 1, failed: 1, byEndpoint: { aws: 1 } },
      { fromMs: 1_000, sent: 0, ok: 0, failed: 0, byEndpoint: {} },
      { fromMs: 2_000, sent: 1, ok: 0, failed: 1, byEndpoint: { gcp: 1 } },
    ]);
    expect(found.failures.map(({ error, status }) => error || status)).toEqual(["refused", 503]);
  });

  it("keeps the first twenty failures only", () => {
    const summary = createSummary(1_000);
    for (let index = 0; index < 30; index++) summary.onResult(result({ index, ok: false, status: 500 }));
    expect(summary.project(1).failures.map(({ index }) => index)).toEqual([...Array(20).keys()]);
  });

  it("has no percentiles without good answers", () => {
    expect(createSummary(1_000).project(0)).toMatchObject({ sent: 0, p50Ms: Number.NaN, maxMs: Number.NaN });
  });
});
