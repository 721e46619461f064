import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { renderDiff } from "../../../../src/cli/control/render-diff.ts";
import type { Diff } from "../../../../src/cli/control/shapes.ts";
import { createPaint } from "../../../../src/cli/terminal.ts";

const paint = createPaint(false);
const diff: Diff = {
  trafficShare: 0.5,
  changes: [
    {
      kind: "changed",
      what: "endpoint",
      name: "shop/aws",
      path: "services.shop.endpoints.aws",
      fields: [
        { path: "services.shop.endpoints.aws.weight", before: 1, after: 5 },
        { path: "services.shop.endpoints.aws.labels", after: ["a", "b"] },
      ],
      trafficShare: 0.25,
    },
    { kind: "added", what: "route", name: "cart", summary: "*: PathPrefix /cart → shop", trafficShare: null },
    { kind: "removed", what: "service", name: "old", trafficShare: 0.0004 },
  ],
};

describe("a difference as lines", () => {
  it("has each change with its settings and its share of the traffic", () => {
    expect(renderDiff(diff, 100, paint)).toEqual([
      "~  endpoint shop/aws                          25 % of traffic",
      "     weight: 1 → 5",
      '     labels: none → ["a","b"]',
      "+  route cart  *: PathPrefix /cart → shop",
      "-  service old                             < 0.1 % of traffic",
      "3 differences: 1 added, 1 changed, 1 removed; 50 % of traffic",
    ]);
  });

  it.each([60, 80, 200])("fits %i columns", (width) => {
    const long = "x".repeat(300);
    const wide: Diff = {
      changes: [{ kind: "changed", what: "edge", name: "", fields: [{ path: "edge.p", before: long, after: long }] }],
    };
    for (const line of [...renderDiff(diff, width, paint), ...renderDiff(wide, width, paint)]) {
      expect(stringWidth(line)).toBeLessThanOrEqual(width);
    }
  });

  it("counts what would scroll away", () => {
    const changes = Array.from({ length: 600 }, (_, i) => ({ kind: "added", what: "route", name: `r${i}` }) as const);
    const lines = renderDiff({ changes: [...changes] }, 80, paint);
    expect(lines).toHaveLength(502);
    expect(lines.slice(-2)).toEqual(["… 100 more lines: --json has all", "600 differences: 600 added"]);
  });

  it("says so when there is none", () => {
    expect(renderDiff({ changes: [] }, 80, paint)).toEqual(["no difference"]);
  });
});
