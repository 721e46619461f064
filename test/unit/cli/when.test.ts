import { describe, expect, it } from "vitest";
import { ago, briefly, durationOption, instant, sinceOption } from "../../../src/cli/when.ts";

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 10, 21, 14, 3, 5, 678);

describe("times for people", () => {
  it("writes an instant in UTC to the second", () => {
    expect(instant(NOW_MS)).toBe("2026-11-21 14:03:05Z");
  });

  it.each([
    [-5, "0s"],
    [999, "0s"],
    [61_500, "1m1s"],
    [HOUR_MS + 61_000, "1h1m"],
    [24 * HOUR_MS, "1d"],
    [75 * HOUR_MS, "3d3h"],
    [Number.POSITIVE_INFINITY, "for good"],
  ])("writes %d ms as %s", (ms, text) => {
    expect(briefly(ms)).toBe(text);
  });

  it("says how long ago something was", () => {
    expect(ago(NOW_MS - 125_000, NOW_MS)).toBe("2m5s ago");
  });
});

describe("durations and instants given to options", () => {
  it("takes the config's durations, and days", () => {
    expect(durationOption("for", "1h30m", 0, Number.MAX_SAFE_INTEGER)).toBe(1.5 * HOUR_MS);
    expect(durationOption("expires", "90d", 0, Number.MAX_SAFE_INTEGER)).toBe(90 * 24 * HOUR_MS);
  });

  it.each(["", "1", "1w", "-1h", "2h"])("refuses %j, and says what it may be", (text) => {
    expect(() => durationOption("guard", text, 10_000, HOUR_MS)).toThrow(
      `--guard is a duration from 10s to 1h, not "${text}"`,
    );
  });

  it("takes a length of time back, or a date", () => {
    expect(sinceOption("since", "1h", NOW_MS)).toBe(NOW_MS - HOUR_MS);
    expect(sinceOption("since", "2d", NOW_MS)).toBe(NOW_MS - 48 * HOUR_MS);
    expect(sinceOption("since", "2026-11-21T14:00:00Z", NOW_MS)).toBe(Date.UTC(2026, 10, 21, 14));
    expect(() => sinceOption("since", "yesterday", NOW_MS)).toThrow("--since is a duration or a time");
  });
});
