import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { createPaint } from "../../../../src/cli/terminal.ts";
import { type FrameInput, renderFrame, sorted } from "../../../../src/cli/top/frame.ts";
import { endpointState, inRegion, serviceState, serviceSummary } from "../control/services.ts";

const paint = createPaint(false);
const slow = endpointState("slow", { rps: 5, regions: [inRegion("weur", 5, 1, 900)] });
const failing = endpointState("failing", { rps: 1, regions: [inRegion("weur", 1, 0.5, 30)] });
const busy = endpointState("busy", { rps: 80, regions: [inRegion("weur", 80, 1, 20)] });

const input = (over: Partial<FrameInput> = {}): FrameInput => ({
  look: {
    seen: {
      version: null,
      services: [serviceSummary("shop", { endpoints: { total: 3, left: 3, serving: 2, open: 1 } })],
      missing: ["silent"],
      overrides: [],
      alarms: [],
      problems: [],
    },
    details: [serviceState("shop", [slow, failing, busy])],
    leftOut: 4,
    atMs: Date.UTC(2026, 0, 1, 12, 34, 56),
  },
  access: { name: "prod", control: "https://control.example.com" },
  view: { order: "traffic", isPaused: false, trouble: "" },
  columns: 100,
  rows: 24,
  isLive: true,
  ...over,
});

describe("the order of endpoints", () => {
  it.each([
    ["traffic", ["busy", "slow", "failing"]],
    ["failures", ["failing", "busy", "slow"]],
    ["latency", ["slow", "failing", "busy"]],
    ["name", ["busy", "failing", "slow"]],
  ] as const)("by %s is %j", (order, ids) => {
    expect(sorted([slow, failing, busy], order).map(({ id }) => id)).toEqual(ids);
  });
});

describe("a frame", () => {
  it("has the mesh, its sum, the endpoints in order, and the keys", () => {
    const lines = renderFrame(input(), paint);
    expect(lines[0]).toBe("prod  bundled mesh  12:34:56Z");
    expect(lines[1]).toBe("2 services, 1 down, 1 degraded, 20.0 requests/s");
    expect(lines.slice(4, 7).map((line) => line.split(" ")[0])).toEqual(["shop/busy", "shop/slow", "shop/failing"]);
    expect(lines).toContain("and 4 services with less traffic");
    expect(lines.at(-1)).toBe("sort: t traffic*  f failures  l latency  n name   space pause   q quit");
  });

  it.each([60, 80, 200])("fits %i columns", (columns) => {
    const trouble = `as of 12:00:00Z: ${"the control plane cannot be reached ".repeat(5)}`;
    const view = { order: "name", isPaused: true, trouble } as const;
    for (const line of renderFrame(input({ columns, view }), paint)) {
      expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    }
  });

  it("leaves out the last endpoints where the terminal is low, and keeps the keys", () => {
    const lines = renderFrame(input({ rows: 9 }), paint);
    expect(lines).toHaveLength(9);
    expect(lines.at(-1)).toContain("q quit");
    expect(lines.join("\n")).not.toContain("shop/failing");
  });

  it("has no keys where nobody can press them", () => {
    expect(renderFrame(input({ isLive: false }), paint).join("\n")).not.toContain("quit");
  });
});
