import { describe, expect, it } from "vitest";
import { summarize } from "../../../bench/failover/summary.ts";
import { overheadRows } from "../../../bench/overhead/run.ts";
import { failoverChart } from "../../../bench/report/failover-chart.ts";
import { overheadChart } from "../../../bench/report/overhead-chart.ts";
import { escaped, svg, text } from "../../../bench/report/svg.ts";
import { trialOf } from "../failover/trials.ts";

const sample = (cpuUs: number) => ({
  requestsPerSecond: 1_000,
  cpuUs,
  p50Ms: 1,
  p99Ms: 2,
  busyRatio: 1,
  failed: 0,
});

describe("the charts", () => {
  it("show the overhead at the middle number of connections, cheapest first", () => {
    const rows = [1, 16, 64].flatMap((connections) =>
      overheadRows(
        new Map([
          ["heddle", [sample(connections * 2)]],
          ["bare", [sample(connections)]],
        ]),
        connections,
      ),
    );
    const chart = overheadChart(rows)!;
    expect(chart).toContain("16 connections");
    expect(chart).toContain("32 · 2.00 × bare · 1,000/s");
    expect(chart.indexOf(">bare<")).toBeLessThan(chart.indexOf(">heddle<"));
  });

  it("colour failed requests by how many they are", () => {
    const cells = summarize([
      trialOf({}),
      trialOf({ contender: "nginx", failedDuring: 9 }),
      trialOf({ contender: "bare", failedDuring: 10 }),
    ]);
    const kinds = [...failoverChart(cells)!.matchAll(/<rect [^>]*class="(\w+)"/g)].map((match) => match[1]);
    expect(kinds).toEqual(["none", "some", "many"]);
  });

  it("are none without numbers", () => {
    expect([overheadChart([]), failoverChart([])]).toEqual([null, null]);
  });

  it("read on light and dark pages, and escape what they say", () => {
    const picture = svg("a < b", 10, 10, [text('"&"', { x: 1, y: 2.25 })]);
    expect(picture).toContain("prefers-color-scheme: dark");
    expect(picture).toContain("<title>a &lt; b</title>");
    expect(picture).toContain('<text x="1" y="2.3">&quot;&amp;&quot;</text>');
    expect(escaped("a>b")).toBe("a&gt;b");
  });
});
