import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCrowd, recall, remember } from "../../../../../src/core/rate-limit/lease/crowd.ts";

const TURN_MS = 60_000;

describe("a crowd", () => {
  it("knows nothing of a key while nobody has left", () => {
    expect(recall(createCrowd(TURN_MS, 1), "a", 0)).toBe(0);
  });

  it("says no less than what a key had used, for a turn at least, and nothing after two", () => {
    const leaving = fc.record({
      key: fc.nat(200).map((n) => `k${n}`),
      used: fc.nat(100),
      afterMs: fc.oneof(fc.constant(0), fc.integer({ min: -1_000, max: 2.5 * TURN_MS })),
    });
    fc.assert(
      fc.property(fc.array(leaving, { maxLength: 100 }), fc.integer(), (steps, seed) => {
        const crowd = createCrowd(TURN_MS, seed);
        const left: { key: string; used: number; atMs: number }[] = [];
        let nowMs = 1e12;
        for (const { key, used, afterMs } of steps) {
          nowMs += Math.max(0, afterMs);
          remember(crowd, key, used, nowMs + Math.min(0, afterMs));
          left.push({ key, used, atMs: nowMs });
          for (const known of left) {
            if (nowMs < known.atMs + TURN_MS - 1_000) {
              expect(recall(crowd, known.key, nowMs)).toBeGreaterThanOrEqual(known.used);
            }
          }
        }
        for (const { key } of left) expect(recall(crowd, key, nowMs + 2 * TURN_MS)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it("takes few newcomers for keys that left", () => {
    const crowd = createCrowd(TURN_MS, 7);
    for (let n = 0; n < 10_000; n++) remember(crowd, `left-${n}`, 5, 0);
    let mistaken = 0;
    for (let n = 0; n < 20_000; n++) if (recall(crowd, `new-${n}`, 1) > 0) mistaken++;
    // (1 - e^(-10,000 / 32,768))^4 = 0.48 %: 96 of 20,000, standard deviation 10.
    expect(mistaken).toBeGreaterThan(96 - 50);
    expect(mistaken).toBeLessThan(96 + 50);
  });

  it("is mistaken about others when its seed is another", () => {
    const mistaken = [1, 2].map((seed) => {
      const crowd = createCrowd(TURN_MS, seed);
      for (let n = 0; n < 10_000; n++) remember(crowd, `left-${n}`, 5, 0);
      return Array.from({ length: 20_000 }, (_, n) => n).filter((n) => recall(crowd, `new-${n}`, 1) > 0);
    });
    const both = mistaken[0]!.filter((n) => mistaken[1]!.includes(n));
    // About 96 each; 0.5 of them would be in both by chance.
    expect(both.length).toBeLessThan(8);
  });
});
