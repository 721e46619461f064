import { describe, expect, it } from "vitest";
import { keptBy } from "../../../src/telemetry/sampling.ts";

const ok = [{ outcome: "ok" }] as const;
const retried = [{ outcome: "timeout" }, { outcome: "ok" }] as const;

describe("keptBy", () => {
  it.each([
    ["a good one that was not drawn", { status: 200, durationMs: 5, attempts: ok }, false, ""],
    ["a good one that was drawn", { status: 200, durationMs: 5, attempts: ok }, true, "share"],
    ["a 5xx", { status: 502, durationMs: 5, attempts: [] }, false, "error"],
    ["a 4xx", { status: 404, durationMs: 5, attempts: [] }, false, ""],
    ["a good answer after a failed attempt", { status: 200, durationMs: 5, attempts: retried }, false, "error"],
    ["an attempt that was throttled", { status: 429, durationMs: 5, attempts: [{ outcome: "throttled" }] }, false, ""],
    ["a slow one", { status: 200, durationMs: 1_000, attempts: ok }, false, "slow"],
    ["one just below", { status: 200, durationMs: 999, attempts: ok }, false, ""],
  ] as const)("%s", (_, ended, isDrawn, expected) => {
    expect(keptBy({ slowMs: 1_000 }, ended, isDrawn)).toBe(expected);
  });

  it("calls nothing slow without a limit", () => {
    expect(keptBy({ slowMs: 0 }, { status: 200, durationMs: 1e9, attempts: ok }, false)).toBe("");
  });
});
