import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLimitClock, tick } from "../../../../src/core/rate-limit/limit-clock.ts";
import { createPlaces, type Hold, peekPlace, returnPlace, takePlace } from "../../../../src/core/rate-limit/places.ts";
import { createVerdict } from "../../../../src/core/rate-limit/verdict.ts";

const HOLD_MS = 1_000;

function room(limit: number, maxKeys?: number) {
  const clock = createLimitClock();
  tick(clock, 1);
  const places = createPlaces(limit, HOLD_MS, maxKeys);
  const verdict = createVerdict();
  return {
    places,
    verdict,
    take: (key: string) => takePlace(places, key, clock, verdict),
    pass: (ms: number) => tick(clock, clock.epochMs + ms),
  };
}

describe("places", () => {
  it("are taken, given back and taken again", () => {
    const { places, take, verdict } = room(2);
    const first = take("a")!;
    expect(verdict).toMatchObject({ allowed: true, limit: 2, remaining: 1 });
    take("a");
    expect(take("a")).toBeNull();
    expect(verdict).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 1_000 });
    expect(take("b")).not.toBeNull();
    returnPlace(places, first);
    expect(take("a")).not.toBeNull();
  });

  it("are free again when their time is over, for who asks next", () => {
    const { places, take, pass } = room(1);
    const lost = take("a")!;
    pass(HOLD_MS - 1);
    expect(take("a")).toBeNull();
    pass(1);
    const next = take("a");
    expect(next).not.toBeNull();
    // The lost one comes back late, and frees nobody else's place.
    returnPlace(places, lost);
    expect(take("a")).toBeNull();
  });

  it("are never more than the limit, and never lost, whatever is given back when", () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant("take" as const), key: fc.constantFrom("a", "b", "c") }),
      fc.record({ type: fc.constant("return" as const), which: fc.nat(20) }),
      fc.record({ type: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 700 }) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 120 }), (limit, steps) => {
        const { places, take, pass, verdict } = room(limit);
        const given: Hold[] = [];
        for (const one of steps) {
          if (one.type === "pass") pass(one.ms);
          else if (one.type === "return") {
            const hold = given[one.which];
            if (hold !== undefined) returnPlace(places, hold);
          } else {
            const hold = take(one.key);
            if (hold !== null) given.push(hold);
            const held = [...places.holds].filter(({ key }) => key === one.key).length;
            expect(held).toBeLessThanOrEqual(limit);
            expect(verdict.remaining).toBe(limit - held);
          }
        }
        pass(HOLD_MS);
        for (const key of ["a", "b", "c"]) for (let n = 0; n < limit; n += 1) expect(take(key)).not.toBeNull();
      }),
    );
  });

  it("keep nothing of keys that hold none", () => {
    const { places, take } = room(3);
    for (let n = 0; n < 1_000; n += 1) returnPlace(places, take(`k${n}`)!);
    expect(places.counts.size).toBe(0);
    expect(places.holds.size).toBe(0);
  });

  it("are shared by the keys beyond those that are told apart", () => {
    const { places, take, verdict } = room(1, 2);
    expect(take("a")).not.toBeNull();
    expect(take("b")).not.toBeNull();
    expect(take("c")).not.toBeNull();
    expect(take("d")).toBeNull();
    peekPlace(places, "a", verdict);
    expect(verdict.allowed).toBe(false);
  });
});
