/**
 * The error bound of src/core/rate-limit/lease/README.md, against schedules that are as bad as chance makes them: bursts, lost,
 * late, repeated and reordered messages, isolates that die and are born, clocks that differ by an hour, crashes of the object.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LeasableCounting } from "../../../../../src/core/rate-limit/lease/meter.ts";
import { termsOf } from "../../../../../src/core/rate-limit/lease/terms.ts";
import { seededRng } from "../../../../../src/core/rng.ts";
import { LeaseWorld, mostBeyondBucket, mostInWindow } from "../../../../fixtures/lease-world.ts";

const DAY_MS = 86_400_000;
/** Schedules for each bound; more on demand. */
const RUNS = Number(process.env.HEDDLE_FUZZ_RUNS ?? 15);
/** Sums of fractions of a unit. */
const ROUNDING = 1e-6;

interface Schedule {
  readonly seed: number;
  readonly isolates: number;
  readonly limit: number;
  readonly windowMs: number;
  /** Requests in the time that the limit allows, on average; with bursts. */
  readonly load: number;
  readonly lostRatio: number;
  readonly repeatedRatio: number;
  readonly slowestMs: number;
  readonly maxCost: number;
  readonly kills: number;
  readonly crashes: number;
}

const schedules = fc.record({
  seed: fc.integer(),
  isolates: fc.integer({ min: 1, max: 40 }),
  limit: fc.integer({ min: 5, max: 500 }),
  windowMs: fc.constantFrom(1_000, 5_000, 30_000),
  load: fc.double({ min: 0.5, max: 5, noNaN: true }),
  lostRatio: fc.constantFrom(0, 0.05, 0.4),
  repeatedRatio: fc.constantFrom(0, 0.1),
  slowestMs: fc.constantFrom(20, 300, 2_500),
  maxCost: fc.constantFrom(1, 3),
  kills: fc.constantFrom(0, 3, 30),
  crashes: fc.constantFrom(0, 2),
});

/** Three windows of traffic: even, and in bursts at a few isolates. */
function run(counting: LeasableCounting, exact: boolean, schedule: Schedule): LeaseWorld {
  const { seed, isolates, limit, windowMs, load, slowestMs, maxCost, kills, crashes } = schedule;
  const rng = seededRng(seed);
  const { lostRatio, repeatedRatio } = schedule;
  const world = new LeaseWorld({
    counting,
    isolates,
    exact,
    rng,
    delayMs: [5, slowestMs],
    lostRatio,
    repeatedRatio,
    skewMs: 3_600_000,
  });
  const endMs = 3 * windowMs;
  const requests = Math.min(2_500, Math.ceil(3 * load * limit));
  for (let i = 0; i < requests; i++) {
    const isBurst = rng() < 0.5;
    const atMs = isBurst ? Math.floor(rng() * 6) * (endMs / 6) + rng() * 50 : rng() * endMs;
    const isolate = Math.floor((isBurst ? rng() * rng() : rng()) * isolates);
    const cost = 1 + Math.floor(rng() * maxCost);
    world.at(atMs, () => world.request(isolate, "", cost));
  }
  for (let i = 0; i < kills; i++) world.at(rng() * endMs, () => world.kill(Math.floor(rng() * isolates)));
  // What lives in memory is forgotten in a crash; the bound says so.
  if (termsOf(counting).isDurable) for (let i = 0; i < crashes; i++) world.at(rng() * endMs, () => world.crash());
  world.runUntil(endMs + 1_000);
  return world;
}

/** Units that crashes may have made the object forget. */
function forgotten(counting: LeasableCounting, { crashes }: Schedule): number {
  const { isDurable, slack } = termsOf(counting);
  return isDurable ? crashes * slack : 0;
}

/** What may pass ahead: a request for each isolate that ever lived. */
function ahead(world: LeaseWorld, exact: boolean, { maxCost }: Schedule): number {
  return exact ? 0 : world.births * maxCost;
}

describe.each([
  ["exact", true],
  ["with one request ahead for each isolate", false],
] as const)("%s", (_, exact) => {
  it("no sliding window holds more than the limit", () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        const { limit, windowMs } = schedule;
        const counting = { type: "sliding-window", limit, windowMs } as const;
        const world = run(counting, exact, schedule);
        const most = mostInWindow(world.admissions, windowMs);
        expect(most).toBeLessThanOrEqual(limit + ahead(world, exact, schedule) + forgotten(counting, schedule));
      }),
      { seed: 7, numRuns: RUNS },
    );
  });

  it("no stretch of time holds more than a bucket's burst and what flows in", () => {
    fc.assert(
      fc.property(schedules, fc.double({ min: 0.1, max: 2, noNaN: true }), (schedule, share) => {
        const { limit, windowMs } = schedule;
        const burst = Math.max(5, Math.round(limit * share));
        const counting = { type: "token-bucket", limit, windowMs, burst } as const;
        const world = run(counting, exact, schedule);
        const beyond = mostBeyondBucket(world.admissions, limit / windowMs, burst);
        const bound = ahead(world, exact, schedule) + forgotten(counting, schedule);
        expect(beyond).toBeLessThanOrEqual(bound + ROUNDING);
      }),
      { seed: 8, numRuns: RUNS },
    );
  });

  it("no day holds more than its quota", () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        const { limit } = schedule;
        const counting = { type: "quota", limit, period: "day" } as const;
        const world = run(counting, exact, schedule);
        const most = mostInWindow(world.admissions, DAY_MS);
        expect(most).toBeLessThanOrEqual(limit + ahead(world, exact, schedule) + forgotten(counting, schedule));
      }),
      { seed: 9, numRuns: RUNS },
    );
  });
});

describe("two thousand isolates that begin at once", () => {
  const counting = { type: "sliding-window", limit: 20_000, windowMs: 60_000 } as const;

  it.each([
    ["exact", true, 20_000],
    // Each may let one request pass ahead.
    ["not exact", false, 22_000],
  ] as const)("%s: the limit is met and not exceeded beyond its bound", (_, exact, bound) => {
    const rng = seededRng(3);
    const world = new LeaseWorld({ counting, isolates: 2_000, exact, rng, delayMs: [5, 150] });
    for (let i = 0; i < 40_000; i++) {
      const isolate = Math.floor(rng() * 2_000);
      world.at(rng() * 59_000, () => world.request(isolate));
    }
    world.runUntil(60_000);
    expect(world.admissions.length).toBeLessThanOrEqual(bound);
    // Two in a hundred may be stranded at isolates when the window ends.
    expect(world.admissions.length).toBeGreaterThan(19_600);
  });
});

describe("what is lent and not used", () => {
  const counting = { type: "quota", limit: 5_000, period: "day" } as const;

  it("comes back whole when nothing is lost", () => {
    const rng = seededRng(5);
    const world = new LeaseWorld({ counting, isolates: 30, exact: false, rng, delayMs: [5, 100] });
    for (let i = 0; i < 2_000; i++) world.at(rng() * 20_000, () => world.request(Math.floor(rng() * 30)));
    world.runUntil(80_000);
    expect(world.left()).toBe(5_000 - world.admissions.length);
  });

  it("is never more than what was lent, whatever is repeated or lost", () => {
    fc.assert(
      fc.property(schedules, (given) => {
        const schedule = { ...given, crashes: 0, repeatedRatio: 0.5, kills: 0 };
        const world = run({ type: "quota", limit: schedule.limit, period: "day" }, true, schedule);
        const used = world.admissions.reduce((sum, { units }) => sum + units, 0);
        expect(world.left()).toBeLessThanOrEqual(schedule.limit - used);
      }),
      { seed: 10, numRuns: RUNS },
    );
  });

  it("of a quota that is asked for by more isolates than it has units is used all the same", () => {
    const rng = seededRng(6);
    const scarce = { type: "quota", limit: 300, period: "day" } as const;
    const world = new LeaseWorld({ counting: scarce, isolates: 500, exact: true, rng, delayMs: [5, 100] });
    for (let i = 0; i < 40_000; i++) world.at(rng() * 60_000, () => world.request(Math.floor(rng() * 500)));
    world.runUntil(80_000);
    expect(world.admissions.length).toBe(300);
  });
});

describe("the object", () => {
  it("is called at its pace by a hot key, however many requests there are", () => {
    const rng = seededRng(11);
    const counting = { type: "sliding-window", limit: 100, windowMs: 10_000 } as const;
    const world = new LeaseWorld({ counting, isolates: 1, exact: false, rng, delayMs: [5, 20] });
    for (let i = 0; i < 50_000; i++) world.at(rng() * 10_000, () => world.request(0));
    world.runUntil(10_000);
    // Refusals are remembered for longer and longer: far below the ten calls a second that the pace allows.
    expect(world.calls).toBeLessThanOrEqual(40);
    expect(world.admissions.length).toBeLessThanOrEqual(101);
  });

  it("is called less often by a crowd of isolates than one of them could", () => {
    const rng = seededRng(12);
    const counting = { type: "token-bucket", limit: 1_000, windowMs: 1_000, burst: 1_000 } as const;
    const world = new LeaseWorld({ counting, isolates: 500, exact: false, rng, delayMs: [5, 20] });
    for (let i = 0; i < 40_000; i++) world.at(rng() * 20_000, () => world.request(Math.floor(rng() * 500)));
    world.runUntil(10_000);
    const before = world.calls;
    world.runUntil(20_000);
    // 500 isolates at ten calls a second would be 50,000. The pace is set once a second and swings about 250.
    expect((world.calls - before) / 10).toBeLessThan(400);
  });
});
