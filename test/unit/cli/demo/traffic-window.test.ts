import { describe, expect, it } from "vitest";
import { createTrafficWindow, readAttempts } from "../../../../src/cli/demo/traffic-window.ts";
import type { LoadResult } from "../../../../src/cli/load/summary.ts";

const result = (over: Partial<LoadResult>): LoadResult => ({
  index: 0,
  dueAtMs: 0,
  doneAtMs: 0,
  status: 200,
  ok: true,
  endpoint: "aws",
  attempts: "aws:ok",
  latencyMs: 10,
  error: "",
  ...over,
});

describe("createTrafficWindow", () => {
  it("sees the last moments only", () => {
    const window = createTrafficWindow(1_000);
    for (const doneAtMs of [500, 1_500, 1_900]) window.onResult(result({ doneAtMs }));
    expect(window.project(2_000).requestsPerSecond).toBe(2);
    expect(window.project(2_600).requestsPerSecond).toBe(1);
    expect(window.project(9_000)).toMatchObject({ requestsPerSecond: 0, failed: 0, p50Ms: Number.NaN });
  });

  it("shares answers among endpoints and counts failed attempts behind good answers", () => {
    const window = createTrafficWindow(1_000);
    window.onResult(result({ latencyMs: 10 }));
    window.onResult(result({ latencyMs: 30 }));
    window.onResult(result({ endpoint: "gcp", attempts: "azure:timeout,aws:5xx,gcp:ok", latencyMs: 50 }));
    window.onResult(result({ endpoint: "gcp", attempts: "gcp:5xx", status: 500, ok: false }));
    window.onResult(result({ endpoint: "", attempts: "", status: 0, ok: false, error: "refused" }));
    const view = window.project(1);
    expect(view).toMatchObject({ requestsPerSecond: 5, failed: 2, p50Ms: 30, p99Ms: 50 });
    expect(view.byEndpoint.get("aws")).toEqual({ requests: 2, share: 0.5, p50Ms: 10 });
    expect(view.byEndpoint.get("gcp")).toMatchObject({ requests: 2, share: 0.5 });
    expect([...view.failedAttempts]).toEqual([
      ["azure", 1],
      ["aws", 1],
      ["gcp", 1],
    ]);
  });
});

describe("readAttempts", () => {
  it("splits at the last colon of each, and reads none from an empty header", () => {
    expect(readAttempts("a:b:connect-failure, c:ok")).toEqual([
      ["a:b", "connect-failure"],
      ["c", "ok"],
    ]);
    expect(readAttempts("")).toEqual([]);
  });
});
