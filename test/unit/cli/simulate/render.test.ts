import { describe, expect, it } from "vitest";
import { renderRuns } from "../../../../src/cli/simulate/render.ts";
import { visibleLength } from "../../../../src/cli/table.ts";
import { createPaint } from "../../../../src/cli/terminal.ts";
import { CALM, resultOf } from "../../simulate/report/results.ts";

const plain = { variantTitle: "policy", columns: Number.POSITIVE_INFINITY, paint: createPaint(false) };
const one = [{ scenario: "cloud-outage=aws", variant: "", seed: 1, result: resultOf() }];
const several = ["adaptive", "round-robin"].flatMap((variant) =>
  [1, 2].map((seed) => ({
    scenario: "cloud-outage=aws",
    variant,
    seed,
    result: resultOf({ seed, costPerMillion: variant === "adaptive" ? 0.4 : 0.5 + seed / 100 }),
  })),
);

describe("renderRuns", () => {
  it("shows one run with its faults, its parts and its endpoints", () => {
    const text = renderRuns({ ...plain, runs: one }).join("\n");
    expect(text).toContain("cloud aws out from 30s for 2m");
    expect(text).toMatch(/during +68,000 +99\.81 %/);
    expect(text).toContain("detect 2.1 s");
    expect(text).toMatch(/aws \(faulty\) +aws\/us-east-1 +33\.3 % +0\.90 % +27\.0 % +41\.0 %/);
  });

  it("leaves out the parts that a calm day does not have", () => {
    const text = renderRuns({ ...plain, runs: [{ ...one[0]!, result: resultOf({ scenario: CALM }) }] }).join("\n");
    expect(text).not.toMatch(/^(during|after) /m);
    expect(text).toContain("detect –");
  });

  it("shows several runs in one line each, with their spread over the seeds", () => {
    const text = renderRuns({ ...plain, runs: several }).join("\n");
    expect(text).toMatch(/^cloud-outage=aws +adaptive .*\$0\.40$/m);
    expect(text).toMatch(/^ +round-robin .*\$0\.5[12] ±0\.0[01]$/m);
    expect(text).toContain("means of 2 seeds");
    expect(text).toMatch(/0\.90 %!/);
  });

  it.each([60, 80, 120])("fits %d columns and loses no figure", (columns) => {
    const wide = renderRuns({ ...plain, runs: several })
      .join(" ")
      .match(/[\d.]+ (%|ms|s)/g)!;
    const lines = renderRuns({ ...plain, columns, runs: several });
    const tables = lines.filter((line) => !/^(success:|share of)/.test(line));
    expect(Math.max(...tables.map(visibleLength))).toBeLessThanOrEqual(columns);
    expect([...lines.join(" ").match(/[\d.]+ (%|ms|s)/g)!].sort()).toEqual([...wide].sort());
  });
});
