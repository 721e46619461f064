import { describe, expect, it } from "vitest";
import { resultsJson } from "../../../../src/cli/simulate/results-json.ts";
import { resultOf } from "../../simulate/report/results.ts";

const input = {
  heddle: "0.1.0",
  config: { file: "heddle.yaml", version: "0123" },
  settings: { rps: 500 },
  runs: [{ scenario: "down", variant: "", seed: 1, result: resultOf() }],
  assertions: [],
};

describe("resultsJson", () => {
  it("is the same however long the run took", () => {
    const slower = { ...input.runs[0]!, result: resultOf({ wallMs: 9_999, requestsPerWallSecond: 3 }) };
    expect(resultsJson({ ...input, runs: [slower] })).toBe(resultsJson(input));
    expect(resultsJson(input)).not.toMatch(/wall/i);
  });

  it("has null for what is not known", () => {
    const result = resultOf({
      detectMs: null,
      windows: { ...resultOf().windows, after: { ...resultOf().windows.after, p50Ms: Number.NaN } },
    });
    const parsed = JSON.parse(resultsJson({ ...input, runs: [{ ...input.runs[0]!, result }] }));
    expect(parsed).toMatchObject({
      format: 1,
      ok: true,
      runs: [{ variant: null, detectMs: null, windows: { after: { p50Ms: null } } }],
    });
  });

  it("is not ok when an assertion fails", () => {
    const failed = {
      assertion: "success>=1",
      scenario: "down",
      variant: "",
      seed: 1,
      verdict: "fails" as const,
      value: "99 %",
    };
    expect(JSON.parse(resultsJson({ ...input, assertions: [failed] }))).toMatchObject({ ok: false });
  });
});
