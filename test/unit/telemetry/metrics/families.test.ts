import { describe, expect, it } from "vitest";
import { describeMonitor } from "../../../../src/core/monitor/describe.ts";
import { onReport } from "../../../../src/core/monitor/on-report.ts";
import { createTrafficSlot, trafficToSend } from "../../../../src/core/traffic/columns.ts";
import { flagCode } from "../../../../src/core/traffic/labels.ts";
import { seriesColumns } from "../../../../src/core/traffic/series.ts";
import { countRequest, countUpstream, createTally } from "../../../../src/core/traffic/tally.ts";
import { familiesOf } from "../../../../src/telemetry/metrics/families.ts";
import { mergeShards, type ScrapedObject } from "../../../../src/telemetry/metrics/scraped.ts";
import { writeMetrics } from "../../../../src/telemetry/metrics/write.ts";
import { parseOpenMetrics } from "../../../conformance/openmetrics/parse.ts";
import { reportOf } from "../../../fixtures/report-deltas.ts";
import { monitorOf, T0, tell } from "../../core/monitor/monitors.ts";

/** What a regional object says after some requests. */
function scraped(requests: number): ScrapedObject {
  const monitor = monitorOf("weur");
  const tally = createTally();
  for (let i = 0; i < requests; i++) {
    countRequest(
      tally,
      'a "route"\n',
      i % 2 === 0 ? "a" : "",
      "GET",
      i % 2 === 0 ? 200 : 503,
      i % 2 === 0 ? 0 : flagCode("UH"),
      10 * i,
    );
    countUpstream(tally, "a", 10 * i);
  }
  const traffic = trafficToSend(createTrafficSlot(), tally, createTally(), 1_500);
  onReport(monitor, { ...reportOf([{ id: "a", ok: requests }]), ...(traffic !== null && { traffic }) }, T0);
  tell(monitor, { target: { endpoint: "b" }, action: "drain", forMs: 60_000, by: "me", reason: "" }, T0);
  return {
    description: describeMonitor(monitor, [], T0, Number.POSITIVE_INFINITY),
    series: seriesColumns(monitor.series),
    oldestSnapshotMs: 1_500,
  };
}

const scrapeOf = (objects: readonly ScrapedObject[]) => ({
  objects,
  config: { version: 7, digest: "d7" },
  asked: 3,
  missing: 1,
  durationMs: 40,
});

const valuesOf = (objects: readonly ScrapedObject[]) => {
  const parsed = parseOpenMetrics(writeMetrics(familiesOf(scrapeOf(objects)), "openmetrics"));
  return (name: string, labels: Readonly<Record<string, string>> = {}) =>
    parsed
      .flatMap(({ samples }) => samples)
      .filter(
        (one) => one.name === name && Object.entries(labels).every(([label, value]) => one.labels.get(label) === value),
      )
      .map(({ value }) => value);
};

describe("the families of a scrape", () => {
  it("are taken by a strict parser, whatever names hold", () => {
    const text = writeMetrics(familiesOf(scrapeOf([scraped(5)])), "openmetrics");
    expect(parseOpenMetrics(text).length).toBeGreaterThan(25);
  });

  it("say what was counted and how things stand", () => {
    const value = valuesOf([scraped(5)]);
    expect(value("heddle_requests_total", { code_class: "2xx", endpoint: "a", flag: "" })).toEqual([3]);
    expect(value("heddle_requests_total", { code_class: "5xx", endpoint: "", flag: "UH" })).toEqual([2]);
    expect(value("heddle_request_duration_seconds_count")).toEqual([5]);
    expect(value("heddle_request_duration_seconds_sum")).toEqual([0.1]);
    expect(value("heddle_request_duration_seconds_bucket", { le: "0.015625" })).toEqual([2]);
    expect(value("heddle_snapshot_age_seconds")).toEqual([1.5]);
    expect(value("heddle_endpoint_up", { endpoint: "a" })).toEqual([1]);
    expect(value("heddle_endpoint_up", { endpoint: "b" })).toEqual([0]);
    expect(value("heddle_breaker_state", { endpoint: "a" })).toEqual([1, 0, 0]);
    expect(value("heddle_config_version_info", { version: "7", digest: "d7" })).toEqual([1]);
    expect(value("heddle_config_current")).toEqual([0]);
    expect(value("heddle_scrape_missing_objects")).toEqual([1]);
    expect(value("heddle_estimated_cost_usd_total", { part: "edge_requests" })[0]).toBeCloseTo(5 * 0.3e-6, 12);
  });

  it("add up the shards of a region", () => {
    const whole = valuesOf([mergeShards(scraped(5), [scraped(3), scraped(2)])]);
    expect(whole("heddle_requests_total", { code_class: "2xx" })).toEqual([3 + 2 + 1]);
    expect(whole("heddle_request_duration_seconds_count")).toEqual([10]);
    expect(whole("heddle_reporters")).toEqual([1]);
  });

  it("lack what depends on an answer that did not come", () => {
    const text = writeMetrics(familiesOf({ ...scrapeOf([]), config: null }), "text");
    expect(text).not.toContain("heddle_config_version_info");
    expect(text).toContain("heddle_scrape_objects 3");
  });
});
