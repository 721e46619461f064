import { describe, expect, it } from "vitest";
import { retryAfterMs, retryInMs, verdictOf } from "../../../../src/telemetry/events/retry.ts";

describe("a retry", () => {
  it.each([
    [1, 0, 500, 1_000],
    [2, 0, 1_000, 2_000],
    [5, 0, 8_000, 16_000],
    [50, 0, 150_000, 300_000],
  ])("after %i failures waits between half and all of the backoff", (failures, asked, least, most) => {
    expect(retryInMs(failures, asked, () => 0)).toBe(least);
    expect(retryInMs(failures, asked, () => 1)).toBe(most);
  });

  it("waits for as long as the receiver asked for, five minutes at most", () => {
    expect(retryInMs(1, 20_000, () => 0)).toBe(20_000);
    expect(retryInMs(1, 20_000_000, () => 0)).toBe(300_000);
  });

  it.each([
    [200, "delivered"],
    [202, "delivered"],
    [302, "refused"],
    [400, "refused"],
    [404, "refused"],
    [408, "retry"],
    [429, "retry"],
    [500, "retry"],
    [503, "retry"],
  ] as const)("takes %i for %s", (status, verdict) => {
    expect(verdictOf(status)).toBe(verdict);
  });

  it.each([
    [null, 0],
    ["30", 30_000],
    ["Thu, 01 Jan 1970 00:01:00 GMT", 50_000],
    ["Thu, 01 Jan 1970 00:00:01 GMT", 0],
    ["soon", 0],
    ["-1", 0],
  ])("reads Retry-After %s", (header, ms) => {
    expect(retryAfterMs(header, 10_000)).toBe(ms);
  });
});
