import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Claim,
  createBudget,
  createClaim,
  grow,
  lose,
  type MemoryUse,
  release,
  restore,
  roomFor,
  share,
  shrink,
} from "../../../../src/core/limit/memory.ts";

const MOST = 1_000;
const use = fc.constantFrom<MemoryUse>("optional", "required");
/** What can happen to one of the claims that are known, in any order, and more often than it should. */
const steps = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant("begin" as const) }),
    fc.record({ type: fc.constant("grow" as const), at: fc.nat(), bytes: fc.integer({ min: 0, max: 400 }), use }),
    fc.record({ type: fc.constant("shrink" as const), at: fc.nat(), bytes: fc.integer({ min: 0, max: 400 }) }),
    fc.record({ type: fc.constantFrom("share", "release", "lose", "restore"), at: fc.nat() }),
  ),
  { maxLength: 60 },
);

/** What a claim should hold and by whom, kept beside it. */
interface Model {
  readonly claim: Claim;
  bytes: number;
  holders: number;
  isLost: boolean;
}

function countedIn(models: readonly Model[]): number {
  return models.reduce((sum, { bytes, isLost }) => sum + (isLost ? 0 : bytes), 0);
}

describe("the memory of an isolate", () => {
  it("is what its claims hold, whatever happens in whatever order, and no claim is freed twice", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const budget = createBudget(MOST);
        const models: Model[] = [];
        for (const step of all) {
          if (step.type === "begin") {
            models.push({ claim: createClaim(), bytes: 0, holders: 1, isLost: false });
            continue;
          }
          const model = models[step.at % Math.max(1, models.length)];
          if (model === undefined) continue;
          const { claim } = model;
          switch (step.type) {
            case "grow": {
              if ("bytes" in step && "use" in step) {
                const isOpen = model.holders > 0;
                if (isOpen) model.isLost = false;
                const most = step.use === "optional" ? 0.75 * MOST : MOST;
                const fits = isOpen && countedIn(models) + step.bytes <= most;
                expect(grow(budget, claim, step.bytes, step.use)).toBe(fits);
                if (fits) model.bytes += step.bytes;
              }
              break;
            }
            case "shrink":
              if ("bytes" in step) {
                shrink(budget, claim, step.bytes);
                model.bytes = Math.max(0, model.bytes - step.bytes);
              }
              break;
            case "share":
              expect(share(claim)).toBe(model.holders > 0);
              if (model.holders > 0) model.holders += 1;
              break;
            case "release":
              release(budget, claim);
              model.holders = Math.max(0, model.holders - 1);
              if (model.holders === 0) model.bytes = 0;
              break;
            case "lose":
              lose(budget, claim);
              model.isLost = true;
              break;
            case "restore":
              restore(budget, claim);
              model.isLost = false;
          }
          expect(budget.usedBytes).toBe(countedIn(models));
        }
        for (const { claim } of models) {
          // One too many for each: nothing happens then.
          for (let holders = claim.holders + 1; holders > 0; holders -= 1) release(budget, claim);
        }
        expect(budget.usedBytes).toBe(0);
      }),
      { seed: 4, numRuns: Number(process.env.HEDDLE_FUZZ_RUNS ?? 1_000) },
    );
  });

  it("never goes beyond the whole while nobody comes back who was given up", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const budget = createBudget(MOST);
        const claims = [createClaim(), createClaim(), createClaim()];
        for (const step of all) {
          if (!("use" in step)) continue;
          const hadRoom = roomFor(budget, step.use) >= step.bytes;
          expect(grow(budget, claims[step.at % 3]!, step.bytes, step.use)).toBe(hadRoom);
          expect(budget.usedBytes).toBeLessThanOrEqual(MOST);
        }
      }),
      { seed: 5 },
    );
  });

  it("stops a quarter short of the whole for what is only useful, and counts what it turned away", () => {
    const budget = createBudget(MOST);
    const claim = createClaim();
    expect(grow(budget, claim, 750, "optional")).toBe(true);
    expect(grow(budget, claim, 1, "optional")).toBe(false);
    expect(grow(budget, claim, 250, "required")).toBe(true);
    expect(grow(budget, claim, 1, "required")).toBe(false);
    expect(budget).toMatchObject({ usedBytes: 1_000, declined: 1, refused: 1 });
    expect(roomFor(budget, "optional")).toBe(-250);
  });
});
