import { describe, expect, it } from "vitest";
import { createLimitClock, tick } from "../../../../src/core/rate-limit/limit-clock.ts";
import { createQuotas, periodOf, takeOfQuota } from "../../../../src/core/rate-limit/quota.ts";
import { createVerdict } from "../../../../src/core/rate-limit/verdict.ts";

const at = (text: string) => Date.parse(text);

function quota(limit: number, period: "day" | "month") {
  const clock = createLimitClock();
  const quotas = createQuotas(limit, period, 100);
  const verdict = createVerdict();
  return (key: string, time: string, cost = 1) => {
    tick(clock, at(time));
    takeOfQuota(quotas, key, cost, clock, verdict, false);
    return { ...verdict };
  };
}

describe("a quota", () => {
  it("begins anew at midnight UTC, for everybody", () => {
    const take = quota(2, "day");
    expect(take("a", "2026-11-21T23:59:58Z", 2)).toMatchObject({ allowed: true, remaining: 0, resetMs: 2_000 });
    expect(take("a", "2026-11-21T23:59:59.999Z")).toMatchObject({ allowed: false, retryAfterMs: 1, resetMs: 1 });
    expect(take("a", "2026-11-22T00:00:00Z")).toMatchObject({ allowed: true, remaining: 1, resetMs: 86_400_000 });
  });

  it("knows how long months are", () => {
    const take = quota(1, "month");
    expect(take("a", "2028-02-28T00:00:00Z")).toMatchObject({ allowed: true, resetMs: 2 * 86_400_000 });
    expect(take("a", "2028-02-29T23:00:00Z").allowed).toBe(false);
    expect(take("a", "2028-03-01T00:00:00Z").allowed).toBe(true);
  });

  it("does not begin anew when the clock goes back over midnight", () => {
    const take = quota(1, "day");
    take("a", "2026-11-22T00:00:01Z");
    expect(take("a", "2026-11-21T23:59:59Z").allowed).toBe(false);
    expect(take("a", "2026-11-22T00:00:02Z").allowed).toBe(false);
  });

  it.each([
    ["day", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"],
    ["day", "2026-12-31T23:59:59.999Z", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"],
    ["month", "2026-12-31T23:59:59.999Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"],
    ["month", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"],
  ] as const)("counts the %s of %s from %s to %s", (period, time, start, end) => {
    expect(periodOf(period, at(time))).toEqual({ startMs: at(start), endMs: at(end) });
  });
});
