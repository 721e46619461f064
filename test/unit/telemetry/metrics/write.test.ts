import { describe, expect, it } from "vitest";
import { formatFor, type MetricFamily, writeMetrics } from "../../../../src/telemetry/metrics/write.ts";
import { parseOpenMetrics } from "../../../conformance/openmetrics/parse.ts";

const awkward = 'a "b" \\ c\nd # {e="f"}';
const families: readonly MetricFamily[] = [
  {
    name: "a_seconds",
    help: awkward,
    unit: "seconds",
    type: "histogram",
    bounds: [0.5, 1],
    histograms: [{ labels: [["x", awkward]], buckets: [1, 2], count: 3, sum: 4.25 }],
  },
  { name: "b", help: "counted", unit: "", type: "counter", samples: [{ labels: [], value: 2 ** 60 }] },
  { name: "c", help: "said", unit: "", type: "info", samples: [{ labels: [["v", "1"]], value: 1 }] },
  { name: "d", help: "level", unit: "", type: "gauge", samples: [{ labels: [], value: Number.POSITIVE_INFINITY }] },
  { name: "e", help: "nothing", unit: "", type: "gauge", samples: [] },
];

describe("writeMetrics", () => {
  it("writes OpenMetrics that a strict parser takes, and that says what was meant", () => {
    const parsed = parseOpenMetrics(writeMetrics(families, "openmetrics"));
    expect(parsed.map(({ name, type, unit }) => [name, type, unit])).toEqual([
      ["a_seconds", "histogram", "seconds"],
      ["b", "counter", null],
      ["c", "info", null],
      ["d", "gauge", null],
    ]);
    expect(
      parsed[0]!.samples.map(({ name, labels, value }) => [name, labels.get("le"), labels.get("x"), value]),
    ).toEqual([
      ["a_seconds_bucket", "0.5", awkward, 1],
      ["a_seconds_bucket", "1.0", awkward, 2],
      ["a_seconds_bucket", "+Inf", awkward, 3],
      ["a_seconds_count", undefined, awkward, 3],
      ["a_seconds_sum", undefined, awkward, 4.25],
    ]);
    expect(parsed[1]!.samples[0]).toMatchObject({ name: "b_total", value: 2 ** 60 });
    expect(parsed[3]!.samples[0]!.value).toBe(Number.POSITIVE_INFINITY);
  });

  it("writes the older format with the names of its samples, and no end", () => {
    const lines = writeMetrics(families, "text").split("\n");
    expect(lines).toContain("# TYPE b_total counter");
    expect(lines).toContain("# TYPE c_info gauge");
    expect(lines).toContain('# HELP a_seconds a "b" \\\\ c\\nd # {e="f"}');
    expect(lines.some((line) => line.startsWith("# UNIT") || line === "# EOF")).toBe(false);
    expect(lines.at(-1)).toBe("");
  });

  it("gives an end where there is nothing else", () => {
    expect(writeMetrics([], "openmetrics")).toBe("# EOF\n");
    expect(writeMetrics([], "text")).toBe("");
  });
});

describe("formatFor", () => {
  it.each([
    [null, "text"],
    ["", "text"],
    ["*/*", "text"],
    ["text/html", "text"],
    ["application/openmetrics-text", "openmetrics"],
    ["application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4", "openmetrics"],
    [
      "application/openmetrics-text; version=1.0.0,application/openmetrics-text; version=0.0.1;q=0.75,*/*;q=0.1",
      "openmetrics",
    ],
    ["application/openmetrics-text;q=0.2,text/plain;q=0.9", "text"],
    ["application/openmetrics-text;q=0", "text"],
    ["application/openmetrics-text;version=2.0.0", "text"],
  ] as const)("answers %j with %s", (accept, format) => {
    expect(formatFor(accept)).toBe(format);
  });
});
