import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { durationMs, formatDuration, parseDuration } from "../../../src/config/duration.ts";

describe("parseDuration", () => {
  it.each([
    ["0s", 0],
    ["250ms", 250],
    ["15s", 15_000],
    ["1m30s", 90_000],
    ["1h2m3s4ms", 3_723_004],
    ["1s500ms", 1_500],
    ["1s1s", 2_000],
    ["99999h", 359_996_400_000],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "5", "1.5s", "-1s", "1d", "1 s", " 1s", "100000s", "1h1h1h1h1h", "s", "1S"])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeNull();
    expect(() => durationMs(text)).toThrow(text);
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0s"],
    [250, "250ms"],
    [90_000, "1m30s"],
    [3_600_000, "1h"],
  ])("writes %i ms", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("is read back as it was", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 9 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
      { seed: 6 },
    );
  });
});
