import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { htmlReport, MAX_CHARTED_RUNS, type ReportInput } from "../../../../src/simulate/report/report.ts";
import { CALM, resultOf } from "./results.ts";
import { nestingFaults } from "./tags.ts";

const single: ReportInput = {
  title: "cloud-outage=aws",
  facts: [["config", "heddle.yaml"]],
  command: "heddle simulate --scenario cloud-outage=aws",
  variantTitle: "",
  runs: [{ scenario: "cloud-outage=aws", variant: "", seed: 1, result: resultOf() }],
  assertions: [
    { text: "success>=99.9%", isFailed: false, detail: "" },
    { text: "during.p99<300ms", isFailed: true, detail: "was 412 ms" },
  ],
};
const several: ReportInput = {
  ...single,
  variantTitle: "policy",
  runs: ["adaptive", "peak-ewma"].flatMap((variant) => [
    ...[1, 2].map((seed) => ({ scenario: "cloud-outage=aws", variant, seed, result: resultOf({ seed }) })),
    { scenario: "none", variant, seed: 1, result: resultOf({ scenario: CALM }) },
  ]),
};

describe("htmlReport", () => {
  it.each([
    ["one run", single],
    ["a comparison", several],
  ])("is well-formed for %s, and every id is there once", async (_, input) => {
    const page = await htmlReport(input);
    expect(nestingFaults(page)).toEqual([]);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const named = [...page.matchAll(/aria-labelledby="([^"]+)"/g)].flatMap(([, list]) => list!.split(" "));
    expect(named.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it("needs nothing from anywhere", async () => {
    const page = await htmlReport(several);
    expect(page).not.toMatch(/https?:\/\//);
    expect(page).not.toMatch(/<(link|img|iframe|object|embed|base)\b|\bsrc=|@import|url\(/i);
    expect(page).not.toMatch(/\sstyle=|\son[a-z]+=/i);
  });

  it("allows its own style and script only", async () => {
    const page = await htmlReport(single);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page)![1]!;
    expect(policy).toContain("default-src 'none'");
    const digestOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    for (const [name, directive] of [
      ["style", "style-src"],
      ["script", "script-src"],
    ]) {
      const text = new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(page)![1]!;
      expect(policy).toContain(`${directive} ${digestOf(text)}`);
    }
  });

  it("stays below 300 kB for one run", async () => {
    expect((await htmlReport(single)).length).toBeLessThan(300_000);
  });

  it("makes the same file of the same runs", async () => {
    expect(await htmlReport(several)).toBe(await htmlReport(several));
  });

  it("escapes every name that comes from a user", async () => {
    const evil = '</script><script>alert("1")</script><img src=x onerror=alert(2)>';
    const result = resultOf();
    const endpoints = result.endpoints.map((endpoint) => ({
      ...endpoint,
      id: evil,
      service: evil,
      cloud: evil,
      region: evil,
    }));
    const transitions = result.transitions.map((change) => ({ ...change, endpoint: evil, scope: evil, cause: evil }));
    const fault = { type: "down", target: { type: "endpoint", id: evil } } as const;
    const scenario = { name: evil, faults: [{ fault, atMs: 10, forMs: 20 }] };
    const bad = { ...result, scenario, policy: evil, endpoints, transitions };
    for (const runs of [
      [{ scenario: evil, variant: evil, seed: 1, result: bad }],
      [1, 2].map((seed) => ({ scenario: evil, variant: evil, seed, result: bad })),
    ]) {
      const page = await htmlReport({
        title: evil,
        facts: [[evil, evil]],
        command: evil,
        variantTitle: evil,
        runs,
        assertions: [{ text: evil, isFailed: true, detail: evil }],
      });
      expect(page).not.toContain("<img");
      expect(page).not.toContain("<script>alert");
      expect(nestingFaults(page)).toEqual([]);
    }
  });

  it("says what the charts show in words and in a table", async () => {
    const page = await htmlReport(single);
    expect(page.match(/role="img"/g)).toHaveLength(5);
    expect(page).toContain("First attempts over the whole run: aws (faulty)");
    expect(page).toContain("The charts as a table");
    expect(page).toContain("CUSUM of failures");
  });

  it("shows failed assertions before anything else", async () => {
    const page = await htmlReport(single);
    expect(page).toContain("1 of 2 assertions failed");
    expect(page.indexOf("during.p99&lt;300ms")).toBeLessThan(page.indexOf("<svg"));
  });

  it("shows a day without faults and without requests", async () => {
    const empty = resultOf({ scenario: CALM });
    const zero = empty.timeline.requests.map(() => 0);
    const none = zero.map(() => Number.NaN);
    const timeline = {
      ...empty.timeline,
      requests: zero,
      attempts: empty.timeline.attempts.map(() => zero),
      p50Ms: none,
      p90Ms: none,
      p99Ms: none,
    };
    const page = await htmlReport({
      ...single,
      assertions: [],
      runs: [{ scenario: "none", variant: "", seed: 1, result: { ...empty, timeline } }],
    });
    expect(nestingFaults(page)).toEqual([]);
    expect(page).not.toMatch(/\b(d|x|y|x1|x2|y1|y2|width|height|points)="[^"]*(NaN|Infinity|undefined)/);
  });

  it("charts the first rows of many and says so", async () => {
    const runs = Array.from({ length: MAX_CHARTED_RUNS + 3 }, (_, index) => ({
      scenario: `s${index}`,
      variant: "",
      seed: 1,
      result: resultOf(),
    }));
    const page = await htmlReport({ ...single, runs });
    expect(page.match(/data-run=/g)).toHaveLength(MAX_CHARTED_RUNS);
    expect(page).toContain(`Charts of the first ${MAX_CHARTED_RUNS} of ${runs.length} rows`);
  });
});
