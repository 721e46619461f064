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

  describe("of which a flood of keys has filled the table", () => {
    const HOUR_MS = 3_600_000;
    const [KEYS, LIMIT] = [50, 10];
    function flooded() {
      const clock = createLimitClock();
      let nowMs = at("2026-11-21T00:10:00Z");
      const quotas = createQuotas(LIMIT, "day", KEYS);
      const verdict = createVerdict();
      const take = (key: string, cost = 1) => {
        tick(clock, nowMs);
        takeOfQuota(quotas, key, cost, clock, verdict, false);
        return { ...verdict };
      };
      const wait = (ms: number) => {
        nowMs += ms;
      };
      // Enough for all keys there is room for to be used up, and the floor to be as high.
      for (let n = 0; n < 20 * KEYS; n++) for (let used = 0; used < LIMIT; used++) take(`made-up-${n}`);
      return { take, wait };
    }

    it("lets newcomers in again an hour after the flood, as many as come", () => {
      const { take, wait } = flooded();
      expect(take("newcomer").allowed).toBe(false);
      wait(HOUR_MS);
      for (let n = 0; n < 2 * KEYS; n++) expect(take(`newcomer-${n}`)).toMatchObject({ allowed: true });
    });

    it("says when a newcomer may come again", () => {
      const { take, wait } = flooded();
      const { retryAfterMs } = take("newcomer");
      expect(retryAfterMs).toBeLessThanOrEqual(HOUR_MS / LIMIT);
      wait(retryAfterMs - 2);
      expect(take("newcomer").allowed).toBe(false);
      wait(2);
      expect(take("newcomer").allowed).toBe(true);
    });

    it("keeps the count of a key that is in the table until midnight", () => {
      const { take, wait } = flooded();
      const kept = `made-up-${KEYS - 1}`;
      expect(take(kept).allowed).toBe(false);
      wait(22 * HOUR_MS);
      expect(take(kept)).toMatchObject({ allowed: false, remaining: 0 });
    });

    it("gives a key that the flood pushes out, over and over, no more than a bucket would", () => {
      const { take, wait } = flooded();
      let got = 0;
      for (let minute = 0; minute < 120; minute++) {
        for (let n = 0; n < 4 * KEYS; n++) take(`more-${minute}-${n}`);
        while (take("own").allowed) got += 1;
        wait(60_000);
      }
      expect(got).toBeLessThanOrEqual(LIMIT + 2 * LIMIT);
    });
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
