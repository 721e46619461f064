/** Every target of test/fuzz, with a fixed seed; `npm run fuzz` goes on with others. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findingOf } from "../../fuzz/target.ts";
import { fuzzTargets } from "../../fuzz/targets.ts";

const SEED = 20_261_121;

describe("whatever strangers write", () => {
  it.each(fuzzTargets)("$name: $holds", { timeout: 120_000 }, async ({ property, cases }) => {
    expect(findingOf(await fc.check(property, { seed: SEED, numRuns: cases }))).toBeNull();
  });

  it("plays thousands of cases", () => {
    const cases = fuzzTargets.reduce((sum, target) => sum + target.cases, 0);
    expect(cases).toBeGreaterThan(50_000);
  });
});
