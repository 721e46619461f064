import { describe, expect, it } from "vitest";
import { createLedger, expire, type Ledger, leftOf, lend } from "../../../../../src/core/rate-limit/lease/ledger.ts";
import { createMeter } from "../../../../../src/core/rate-limit/lease/meter.ts";
import { redefine } from "../../../../../src/core/rate-limit/lease/redefine.ts";
import { fromRow, toRow } from "../../../../../src/core/rate-limit/lease/row.ts";
import type { LeaseAsk } from "../../../../../src/core/rate-limit/lease/wire.ts";

const NOW = Date.UTC(2026, 10, 21);
const LEASE_MS = 9_000;
const quota = { type: "quota", limit: 100, period: "month" } as const;

const ask = (given: Partial<LeaseAsk> = {}): LeaseAsk => ({
  key: "k",
  session: 1,
  granted: 0,
  used: 0,
  returned: 0,
  need: 0,
  want: 0,
  ...given,
});
const ledgerOf = (counting: Parameters<typeof createMeter>[0] = quota): Ledger =>
  createLedger(createMeter(counting, NOW));
const say = (ledger: Ledger, given: Partial<LeaseAsk>, reporter = "a", atMs = NOW) =>
  lend(ledger, reporter, ask(given), LEASE_MS, atMs);

describe("lending", () => {
  it("lends what is wanted", () => {
    const ledger = ledgerOf();
    expect(say(ledger, { want: 20 })).toMatchObject({ granted: 20, left: 80, retryMs: 0 });
    expect([ledger.outstanding, leftOf(ledger, NOW)]).toEqual([20, 80]);
  });

  it("lends half of what is left to whoever wants more", () => {
    const ledger = ledgerOf();
    expect(["a", "b", "c"].map((name) => say(ledger, { want: 1_000 }, name).granted)).toEqual([50, 25, 12]);
  });

  it("lends what one request needs though that is all that is left", () => {
    const ledger = ledgerOf();
    say(ledger, { used: 90 });
    expect(say(ledger, { need: 10 }, "b")).toMatchObject({ granted: 10, left: 0, retryMs: 0 });
  });

  it("lends nothing where nothing is left, and says until when", () => {
    const ledger = ledgerOf();
    say(ledger, { used: 100 });
    const answer = say(ledger, { need: 1 }, "b");
    expect(answer).toMatchObject({ granted: 0, left: 0, retryMs: Date.UTC(2026, 11, 1) - NOW });
  });

  it("tells whoever needs nothing that nothing is left", () => {
    const ledger = ledgerOf();
    expect(say(ledger, { used: 100 }).retryMs).toBeGreaterThan(0);
  });

  it("counts what passed ahead, beyond the limit too", () => {
    const ledger = ledgerOf();
    for (let i = 0; i < 110; i++) say(ledger, { used: 1 }, `isolate-${i}`);
    expect(leftOf(ledger, NOW)).toBe(-10);
  });
});

describe("what was said before", () => {
  it("changes nothing the second time", () => {
    const ledger = ledgerOf();
    const once = say(ledger, { want: 20 });
    const twice = say(ledger, { want: 20 });
    expect(twice).toEqual(once);
    say(ledger, { granted: 20, used: 5, returned: 10, want: 0 });
    const { outstanding } = ledger;
    say(ledger, { granted: 20, used: 5, returned: 10, want: 0 });
    expect([outstanding, ledger.outstanding, leftOf(ledger, NOW)]).toEqual([5, 5, 90]);
  });

  it("changes nothing when it arrives after something newer", () => {
    const ledger = ledgerOf();
    say(ledger, { want: 20 });
    say(ledger, { granted: 20, used: 8, returned: 2 });
    say(ledger, { granted: 20, used: 3, returned: 0 });
    expect([ledger.outstanding, leftOf(ledger, NOW)]).toEqual([10, 82]);
  });

  it("of a session that is over lends nothing", () => {
    const ledger = ledgerOf();
    say(ledger, { session: 2, want: 10 });
    expect(say(ledger, { session: 1, want: 50 })).toMatchObject({ session: 1, granted: 0 });
    expect(ledger.outstanding).toBe(10);
  });
});

describe("lies", () => {
  it("returning more than is held brings nothing", () => {
    const ledger = ledgerOf();
    say(ledger, { want: 20 });
    say(ledger, { granted: 20, used: 15, returned: 1_000 });
    expect([ledger.outstanding, leftOf(ledger, NOW)]).toEqual([0, 85]);
    say(ledger, { granted: 1e12, used: 15, returned: 1e12 });
    expect(leftOf(ledger, NOW)).toBe(85);
  });

  it("saying that more was granted than was brings nothing", () => {
    const ledger = ledgerOf();
    expect(say(ledger, { granted: 1e9, want: 10 }).granted).toBe(10);
    expect(leftOf(ledger, NOW)).toBe(90);
  });

  it("using more than is held takes one limit at most", () => {
    const ledger = ledgerOf();
    say(ledger, { used: 1e15 });
    expect(leftOf(ledger, NOW)).toBe(-100);
  });

  it("many names get no more than the limit together", () => {
    const ledger = ledgerOf();
    let lent = 0;
    for (let i = 0; i < 500; i++) lent += say(ledger, { need: 1, want: 1e12 }, `liar-${i}`).granted;
    expect(lent).toBe(100);
  });
});

describe("silence", () => {
  it("makes what is held count as used, when the lease ended", () => {
    const ledger = ledgerOf({ type: "sliding-window", limit: 100, windowMs: 60_000 });
    say(ledger, { want: 40 });
    expire(ledger, NOW + LEASE_MS);
    expect([ledger.outstanding, ledger.sessions.size]).toEqual([0, 0]);
    expect(leftOf(ledger, NOW + 60_000)).toBe(60);
    expect(leftOf(ledger, NOW + LEASE_MS + 61_000)).toBe(100);
  });

  it("is over when the holder speaks again: what it used of its lease counts once, what came on top too", () => {
    const ledger = ledgerOf();
    say(ledger, { want: 40 });
    expire(ledger, NOW + LEASE_MS);
    say(ledger, { granted: 40, used: 43, returned: 0 }, "a", NOW + LEASE_MS + 1);
    expect(leftOf(ledger, NOW + LEASE_MS + 1)).toBe(57);
  });
});

describe("rows", () => {
  it.each([
    ["a bucket", { type: "token-bucket", limit: 100, windowMs: 60_000, burst: 100 }],
    ["a sliding window", { type: "sliding-window", limit: 100, windowMs: 60_000 }],
    ["a quota", quota],
  ] as const)("bring %s back, with what was lent", (_, counting) => {
    const ledger = ledgerOf(counting);
    say(ledger, { used: 30, want: 20 });
    const { row } = toRow(ledger, LEASE_MS, NOW);
    const back = fromRow(JSON.parse(JSON.stringify(row)), counting, LEASE_MS, NOW)!;
    expect([leftOf(back, NOW), back.outstanding]).toEqual([50, 20]);
    expire(back, NOW + LEASE_MS);
    expect(back.outstanding).toBe(0);
    expect(leftOf(back, NOW + LEASE_MS)).toBeLessThan(70);
  });

  it("of leases that have ended long ago count them as used then", () => {
    const counting = { type: "sliding-window", limit: 100, windowMs: 60_000 } as const;
    const ledger = ledgerOf(counting);
    say(ledger, { want: 20 });
    const { row, endsAtMs } = toRow(ledger, LEASE_MS, NOW);
    expect(leftOf(fromRow(row, counting, LEASE_MS, NOW + 30_000)!, NOW + 30_000)).toBe(80);
    expect(leftOf(fromRow(row, counting, LEASE_MS, endsAtMs)!, endsAtMs)).toBe(100);
  });

  it("under another counting keep what was used", () => {
    const ledger = ledgerOf();
    say(ledger, { used: 30 });
    const other = { type: "sliding-window", limit: 40, windowMs: 60_000 } as const;
    expect(leftOf(fromRow(toRow(ledger, LEASE_MS, NOW).row, other, LEASE_MS, NOW)!, NOW)).toBe(10);
    expect(leftOf(redefine(ledger, other, NOW), NOW)).toBe(10);
  });

  it.each([null, 1, {}, { savedAtMs: 1, outstanding: 0, meter: { type: "period", period: "week" } }, { meter: null }])(
    "that make no sense are none: %j",
    (value) => {
      expect(fromRow(value, quota, LEASE_MS, NOW)).toBeNull();
    },
  );
});

describe("use that is told with its time", () => {
  const second = { type: "sliding-window", limit: 100, windowMs: 1_000 } as const;
  /** Sixty were lent, and used at once; told `toldMs` later, as used so long before. */
  const leftAfter = (toldMs: number, recent: LeaseAsk["recent"], atMs: number) => {
    const ledger = ledgerOf(second);
    say(ledger, { want: 40 });
    say(ledger, { granted: 40, used: 40, ...(recent !== undefined && { recent }) }, "a", NOW + toldMs);
    return leftOf(ledger, NOW + atMs);
  };

  it("leaves the window a window after it happened, not after it was told", () => {
    // A slice of 17 ms counts until all of it has left.
    expect(leftAfter(800, [[750, 40]], 1_040)).toBe(60);
    expect(leftAfter(800, [[750, 40]], 1_080)).toBe(100);
    expect(leftAfter(800, undefined, 1_080)).toBe(60);
    expect(leftAfter(800, [[750, 30]], 1_080)).toBe(90);
  });

  it("counts no earlier than its holder was heard of, and no more than was used, whatever is said", () => {
    expect(leftAfter(800, [[1e12, 40]], 900)).toBe(60);
    expect(leftAfter(800, [[1e12, 40]], 1_040)).toBe(100);
    expect(leftAfter(10, [[5, 1e12]], 500)).toBe(60);
  });
});
