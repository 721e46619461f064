import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { healthOf, merged, renderEndpoints, renderServices } from "../../../../src/cli/control/render-services.ts";
import { withoutColours } from "../../../../src/cli/table.ts";
import { createPaint } from "../../../../src/cli/terminal.ts";
import { endpointState, inRegion, serviceSummary } from "./services.ts";

const plainPaint = createPaint(false);
const counts = (total: number, left: number, serving: number) => ({ total, left, serving, open: 0 });

describe("the health of a service in a word", () => {
  it.each([
    ["healthy", counts(3, 3, 3)],
    ["healthy", counts(3, 2, 2)],
    ["degraded", counts(3, 3, 1)],
    ["down", counts(3, 3, 0)],
    ["down", counts(3, 0, 0)],
    ["unknown", counts(0, 0, 0)],
  ] as const)("is %s for %j", (word, endpoints) => {
    expect(healthOf(endpoints)).toBe(word);
  });
});

describe("a table of services", () => {
  const items = [
    serviceSummary("shop"),
    serviceSummary("a-service-whose-name-is-rather-long-for-a-table", {
      endpoints: counts(12, 12, 0),
      successRatio: 0.98765,
      overrides: 3,
      regions: ["weur", "enam", "wnam", "apac", "sam", "afr", "oc", "me"],
    }),
  ];

  it.each([60, 80, 200])("fits %i columns", (width) => {
    const lines = renderServices(items, ["silent"], width, createPaint(true));
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    const text = lines.map(withoutColours).join("\n");
    expect(text).toMatch(/shop +healthy +2\/2 +20\.0 +100 %/);
    expect(text).toMatch(/ down +0\/12 +20\.0 +98\.76 %/);
    expect(text).toMatch(/silent +no answer/);
  });

  it("says health in a colour and in a word", () => {
    const [, shop, other] = renderServices(items, [], 200, createPaint(true));
    expect(shop).toContain("\u001b[32mhealthy\u001b[39m");
    expect(other).toContain("\u001b[31mdown\u001b[39m");
  });

  it("says so when there is nothing", () => {
    expect(renderServices([], [], 80, plainPaint)).toEqual(["the mesh has no services"]);
    expect(renderEndpoints([], [], 80, plainPaint)).toEqual(["it has no endpoints"]);
  });
});

describe("an endpoint over its regions", () => {
  it("weighs means by traffic, takes the slowest p99, and the longest ejection", () => {
    const quiet = { ...inRegion("sam", 0, 0, 900), openForMs: 5_000 };
    const regions = [inRegion("weur", 30, 1, 100), inRegion("enam", 10, 0.6, 300), quiet];
    const seen = merged({ regions });
    // (30·1 + 10·0.6) / 40, (30·50 + 10·150) / 40
    expect(seen).toEqual({ successRatio: 0.9, latencyMs: 75, p99Ms: 300, openForMs: 5_000 });
  });

  it("knows nothing without traffic", () => {
    expect(merged({ regions: [] })).toEqual({ successRatio: null, latencyMs: null, p99Ms: null, openForMs: 0 });
  });

  it.each([60, 80, 200])("fits %i columns in a table", (width) => {
    const override = { id: "o1", target: { endpoint: "aws" }, action: "weight", percent: 50 };
    const rows = [
      endpointState("aws", { overrides: ["o1"] }),
      endpointState("an-endpoint-with-a-long-name.us-east-1.example", { breaker: "open", health: "unhealthy" }),
    ];
    const lines = renderEndpoints(rows, [override], width, plainPaint);
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    expect(lines.join("\n")).toMatch(/aws +healthy +closed/);
    if (width === 200) expect(lines[1]).toMatch(/weight 50 % +https:\/\/aws\.example\.com$/);
  });
});
