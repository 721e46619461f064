import { describe, expect, it } from "vitest";
import { compactTable, fullTables, summaryTable, tally } from "../../../simulation/policies/render.ts";
import { cellsOf } from "../../../simulation/policies/verdict.ts";
import { outcome } from "./outcome.ts";

const POLICIES = { title: "the policies", names: ["random", "load"] };
const MODELS = { title: "the models", names: ["envoy"] };
const cells = cellsOf([
  outcome({ success: 0.9995, withinSlo: 0.98 }),
  outcome({ policy: "random", success: 1, p99Ms: 400 }),
  outcome({ policy: "envoy", success: 1, p99Ms: 100 }),
  outcome({ scenario: "slow", success: 0.9 }),
  outcome({ scenario: "slow", policy: "load", success: 0.95, p99Ms: 100 }),
  outcome({ scenario: "slow", policy: "envoy", success: 0, p50Ms: Number.NaN, p99Ms: Number.NaN }),
]);

describe("the summary", () => {
  it("has a row for each cell with a verdict against each group", () => {
    expect(summaryTable(cells, "adaptive", [POLICIES, MODELS])).toEqual([
      "| scenario | load | success | in SLO | p50 | p99 | against the policies | p99 ratio | against the models | p99 ratio |",
      "| --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | --- | ---: |",
      "| down | 70 | 99.95 | 98.00 | 100 | 200 | within 0.1 | 0.50 random | within 0.1 | 2.00 envoy |",
      "| slow | 70 | 90.00 | 100.00 | 100 | 200 | −5.00 load | 2.00 load | best | 1.00 adaptive |",
    ]);
  });

  it("leaves out cells without the subject, and verdicts without rivals", () => {
    const some = cellsOf([outcome({}), outcome({ scenario: "slow", policy: "load" })]);
    expect(summaryTable(some, "adaptive", [MODELS]).slice(2)).toEqual([
      "| down | 70 | 100.00 | 100.00 | 100 | 200 |  |  |",
    ]);
  });

  it("counts what is won, and what is won with a short tail", () => {
    expect(tally(cells, "adaptive", POLICIES)).toContain("in 1 of 2 cells, and p99 within 10 % in 1 of them");
    expect(tally(cells, "adaptive", MODELS)).toContain("in 2 of 2 cells, and p99 within 10 % in 1 of them");
  });
});

describe("the compact table", () => {
  it("has a row for each scenario, a column for each load, and marks what is as it should be", () => {
    const more = cellsOf([
      ...cells.flatMap(({ policies }) => [...policies.values()].flat()),
      outcome({ utilisationPercent: 85 }),
      outcome({ utilisationPercent: 85, policy: "load" }),
    ]);
    expect(compactTable(more, "adaptive", POLICIES)).toEqual([
      "| scenario | 70 % | 85 % |",
      "| --- | ---: | ---: |",
      "| down | **99.95, within 0.1, ×0.50** | **100.00, best, ×1.00** |",
      "| slow | 90.00, −5.00, ×2.00 |  |",
    ]);
  });
});

describe("the full tables", () => {
  it("have a row for each policy that was played and a column for each scenario", () => {
    expect(fullTables(cells, ["adaptive", "load", "maglev", "envoy"])).toEqual([
      "#### 70 %: success, % / p99, ms",
      "",
      "|  | down | slow |",
      "| --- | ---: | ---: |",
      "| adaptive | 99.95 / 200 | 90.00 / 200 |",
      "| load |  | 95.00 / 100 |",
      "| envoy | 100.00 / 100 | 0.00 / – |",
      "",
      "#### 70 %: within 500 ms, % / p50, ms",
      "",
      "|  | down | slow |",
      "| --- | ---: | ---: |",
      "| adaptive | 98.00 / 100 | 100.00 / 100 |",
      "| load |  | 100.00 / 100 |",
      "| envoy | 100.00 / 100 | 100.00 / – |",
      "",
    ]);
  });
});
