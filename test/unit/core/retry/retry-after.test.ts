import { describe, expect, it } from "vitest";
import { retryAfterMs } from "../../../../src/core/retry/retry-after.ts";

const nowMs = Date.UTC(2026, 0, 1, 12, 0, 0);

describe("retryAfterMs", () => {
  it.each([
    ["nothing", null, 0],
    ["an empty value", "", 0],
    ["seconds", "3", 3_000],
    ["zero", "0", 0],
    ["a date ahead", "Thu, 01 Jan 2026 12:00:10 GMT", 10_000],
    ["a date gone by", "Thu, 01 Jan 2026 11:00:00 GMT", 0],
    ["nonsense", "soon", 0],
    ["a negative number", "-5", 0],
    ["more than is believed", "86400", 300_000],
  ])("reads %s", (_, value, expected) => {
    expect(retryAfterMs(value, nowMs)).toBe(expected);
  });
});
