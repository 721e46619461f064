import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkLeaseCall } from "../../../../../src/core/rate-limit/lease/check-call.ts";
import { createLimiter, onCall } from "../../../../../src/core/rate-limit/lease/limiter.ts";

const ask = { key: "k", session: 1, granted: 0, used: 0, returned: 0, need: 1, want: 2 };
const call = { reporter: "r", seq: 1, limit: "l", meshAtMs: 5, asks: [ask] };
const withAsk = (change: object) => ({ ...call, asks: [{ ...ask, ...change }] });

it("takes a call, without what it does not know", () => {
  expect(checkLeaseCall({ ...call, more: 1 })).toEqual({ ok: true, call });
});

describe("refuses", () => {
  it.each([
    ["nothing", null],
    ["text", "call"],
    ["no reporter", { ...call, reporter: "" }],
    ["a long limit", { ...call, limit: "l".repeat(257) }],
    ["a negative number of a call", { ...call, seq: -1 }],
    ["a fraction of a time", { ...call, meshAtMs: 0.5 }],
    ["no list", { ...call, asks: {} }],
    ["too many keys", { ...call, asks: Array.from({ length: 257 }, (_, i) => ({ ...ask, key: `${i}` })) }],
    ["a key twice", { ...call, asks: [ask, ask] }],
    ["an empty ask", { ...call, asks: [null] }],
    ["a long key", withAsk({ key: "k".repeat(257) })],
    ["a negative use", withAsk({ used: -1 })],
    ["a negative return", withAsk({ returned: -0.1 })],
    ["a need that is no number", withAsk({ need: Number.NaN })],
    ["an endless want", withAsk({ want: Number.POSITIVE_INFINITY })],
    ["a huge grant", withAsk({ granted: 1e16 })],
    ["a number as text", withAsk({ used: "1" })],
    ["a session of another kind", withAsk({ session: 1n })],
  ])("%s", (_, value) => {
    expect(checkLeaseCall(value)).toMatchObject({ ok: false });
  });
});

it("whatever passes the check, no more than the limit is lent", () => {
  const amount = fc.oneof(fc.nat(200), fc.double({ min: 0, max: 1e15, noNaN: true }), fc.constant(0));
  const asks = fc.record({
    key: fc.constantFrom("", "k"),
    session: fc.nat(3),
    granted: amount,
    used: amount,
    returned: amount,
    need: amount,
    want: amount,
  });
  const calls = fc.record({
    reporter: fc.constantFrom("a", "b", "c"),
    seq: fc.nat(50),
    limit: fc.constant("l"),
    meshAtMs: fc.nat(),
    asks: fc.uniqueArray(asks, { selector: ({ key }) => key, maxLength: 2 }),
  });
  fc.assert(
    fc.property(fc.array(calls, { maxLength: 30 }), (given) => {
      const limiter = createLimiter({ type: "quota", limit: 100, period: "month" }, 1);
      const store = { load: () => null, onCrowdedOut: () => false };
      for (const [i, value] of given.entries()) {
        const check = checkLeaseCall(value);
        if (!check.ok) continue;
        onCall(limiter, check.call, i * 10, store);
        for (const ledger of limiter.keys.values()) {
          const held = [...ledger.sessions.values()].map(({ granted, used, returned }) => granted - used - returned);
          // Halves and huge numbers: what is beyond 53 bits is lost on both sides.
          expect(Math.min(0, ...held)).toBeGreaterThanOrEqual(-1);
          expect(ledger.outstanding).toBeGreaterThanOrEqual(-1);
          expect(ledger.outstanding).toBeLessThanOrEqual(101);
        }
      }
    }),
    { seed: 4, numRuns: 300 },
  );
});
