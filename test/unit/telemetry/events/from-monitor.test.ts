import { describe, expect, it } from "vitest";
import type { NumberedEvent } from "../../../../src/core/monitor/monitor-event.ts";
import { EVENT_TYPES, SEVERITIES } from "../../../../src/telemetry/events/event.ts";
import { fromMonitorEvent } from "../../../../src/telemetry/events/from-monitor.ts";

const base = { n: 7, atMs: 5, endpoint: "aws", region: null } as const;
const opened: NumberedEvent = { ...base, type: "opened", cause: "consecutive_5xx", forMs: 30_000, ejections: 1 };

describe("what a monitor noticed", () => {
  it("has an id by the monitor's scope, and the region of a regional one", () => {
    expect(fromMonitorEvent("shop/weur", opened)).toMatchObject({ id: "shop:weur:7", region: "weur", service: "shop" });
    expect(fromMonitorEvent("shop/root", opened)).toMatchObject({ id: "shop:root:7", region: null });
    expect(fromMonitorEvent("shop/root", { ...opened, region: "apac" }).region).toBe("apac");
  });

  it.each<[string, NumberedEvent, object]>([
    ["an ejection", opened, { type: "ejection", severity: "warning", resolved: false }],
    ["its end", { ...base, type: "closed", cause: "probes passed" }, { type: "recovery", resolved: true }],
    ["a failing check", { ...base, type: "health", from: 1, to: 2 }, { type: "check", resolved: false }],
    ["a check that passes again", { ...base, type: "health", from: 2, to: 1 }, { type: "recovery", resolved: true }],
    ["a drain, which is no outage", { ...base, type: "health", from: 2, to: 4 }, { type: "drain", resolved: true }],
    [
      "an operator's word",
      { ...base, type: "told", action: "drain", by: "ada", reason: "new disk", id: "1" },
      { type: "told" },
    ],
    ["an endpoint that was found", { ...base, type: "joined", address: "https://a.example" }, { type: "discovery" }],
  ])("tells of %s", (_, event, expected) => {
    const told = fromMonitorEvent("shop/root", event);
    expect(told).toMatchObject(expected);
    expect(EVENT_TYPES).toContain(told.type);
    expect(SEVERITIES).toContain(told.severity);
    expect(told.summary).not.toContain("undefined");
  });

  it("has one key for what begins and what ends it", () => {
    const end = fromMonitorEvent("shop/apac", { ...base, type: "closed", cause: "probes passed" });
    expect(fromMonitorEvent("shop/root", opened).key).toBe(end.key);
  });

  it("of a later version is told as far as it is understood", () => {
    const told = fromMonitorEvent("shop/root", { ...base, type: "melted" } as unknown as NumberedEvent);
    expect(told).toMatchObject({ id: "shop:root:7", severity: "info", summary: "shop/aws: melted" });
  });
});
