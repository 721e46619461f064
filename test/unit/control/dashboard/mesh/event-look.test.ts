import { describe, expect, it } from "vitest";
import type { MeshEvent } from "../../../../../workers/control/dashboard/src/api/shapes.ts";
import {
  eventTitle,
  eventTone,
  groupEvents,
  phaseAfter,
} from "../../../../../workers/control/dashboard/src/mesh/event-look.ts";

const event = (type: string, more: Partial<MeshEvent> = {}): MeshEvent => ({ id: `${type}:1`, atMs: 0, type, ...more });

describe("events", () => {
  it("are titled by their summary, with names as they are written", () => {
    expect(eventTitle(event("ejection", { endpoint: "aws", summary: "aws was ejected" }))).toBe("aws was ejected");
    expect(eventTitle(event("config", { summary: "version 2 was applied" }))).toBe("Version 2 was applied");
    expect(eventTitle(event("health.opened", { endpoint: "aws" }))).toBe("aws ejected");
  });

  it.each([
    ["ejection", {}, "bad", "out"],
    ["ejection", { resolved: true }, "good", "in"],
    ["breaker", { cause: { state: "half-open" } }, "warn", "trial"],
    ["recovery", {}, "good", "in"],
    ["config", {}, "unknown", null],
  ] as const)("of the type %s with %o are %s, and leave traffic %s", (type, more, tone, phase) => {
    expect([eventTone(event(type, more)), phaseAfter(event(type, more))]).toEqual([tone, phase]);
  });

  it("of one condition are told once, by the latest", () => {
    const key = "ejection/shop/aws";
    const groups = groupEvents([
      event("ejection", { id: "2", key }),
      event("config"),
      event("ejection", { id: "1", key }),
    ]);
    expect(groups.map(({ event: { id }, times }) => [id, times])).toEqual([
      ["2", 2],
      ["config:1", 1],
    ]);
  });
});
