import { describe, expect, it } from "vitest";
import { changeOf } from "../../../../src/config/diff/change.ts";
import { renderDiff } from "../../../../src/config/diff/render.ts";

const diff = {
  from: "a",
  to: "b",
  trafficShare: 0.0004,
  changes: [
    {
      ...changeOf({
        kind: "changed",
        what: "service",
        name: "shop",
        path: "services.shop",
        fields: [
          { path: "services.shop.outlierDetection.consecutive5xx", before: 5, after: 3 },
          { path: "services.shop.limits.requestClass.header", after: "x-class" },
          { path: "services.shop.retry.codes", before: [500], after: Array.from({ length: 50 }, (_, i) => 500 + i) },
        ],
      }),
      trafficShare: 0.123,
    },
    changeOf({ kind: "added", what: "endpoint", name: "shop/gcp", path: "x", summary: "https://gcp.example.com" }),
    changeOf({ kind: "removed", what: "route", name: "old", path: "routes.old" }),
  ],
};

describe("a diff as text", () => {
  it("has a line for each change and each setting, and their number", () => {
    expect(renderDiff(diff)).toEqual([
      "~ service shop  12 % of traffic",
      "    outlierDetection.consecutive5xx: 5 → 3",
      "    limits.requestClass.header: none → x-class",
      expect.stringMatching(/^ {4}retry\.codes: \[500\] → \[500,501,.{60,71}…$/),
      "+ endpoint shop/gcp  https://gcp.example.com",
      "- route old",
      "3 differences: 1 added, 1 changed, 1 removed, < 0.1 % of traffic",
    ]);
  });

  it("counts the lines that are too many", () => {
    expect(renderDiff(diff, 2).slice(2)).toEqual(["… 4 more lines", expect.stringContaining("3 differences")]);
  });

  it("says so when there is none", () => {
    expect(renderDiff({ from: "a", to: "a", changes: [] })).toEqual(["no difference"]);
  });
});
