import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CALM_MS, planSoak, SETTLE_MS, type SoakEvent, wasFaulty } from "../../soak/schedule.ts";

const ORIGINS = 4;
const plan = (seed: number, seconds: number) =>
  planSoak({ seed, seconds, origins: ORIGINS, objects: ["a/weur", "a/root"], cuttable: ["a/root"] });

const runs = fc.record({ seed: fc.nat(1_000_000), seconds: fc.integer({ min: 45, max: 900 }) });

describe("the schedule of a soak", () => {
  it("is the same for the same seed and length, and another for another seed", () => {
    expect(plan(7, 300)).toEqual(plan(7, 300));
    expect(plan(7, 300)).not.toEqual(plan(8, 300));
  });

  it("is in order, leaves the beginning and the end alone, and heals and joins what it broke", () => {
    fc.assert(
      fc.property(runs, ({ seed, seconds }) => {
        const events = plan(seed, seconds);
        const faulty = new Set<number>();
        const cut = new Set<string>();
        let most = 0;
        for (const event of events) {
          if (event.kind === "fault") faulty.add(event.origin);
          if (event.kind === "heal") faulty.delete(event.origin);
          if (event.kind === "cut") cut.add(event.object);
          if (event.kind === "join") cut.delete(event.object);
          most = Math.max(most, faulty.size);
        }
        const times = events.map(({ atMs }) => atMs);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(times[0] ?? CALM_MS).toBeGreaterThanOrEqual(CALM_MS);
        expect(times.at(-1) ?? 0).toBeLessThanOrEqual(seconds * 1_000 - SETTLE_MS);
        // Half of the origins are well at any time.
        expect(most).toBeLessThanOrEqual(ORIGINS / 2);
        expect([faulty.size, cut.size]).toEqual([0, 0]);
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it("has every kind of event in five minutes", () => {
    const kinds = new Set(plan(1, 300).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(["abort", "cut", "fault", "heal", "join", "reload"]);
  });
});

describe("whether an origin was faulty", () => {
  const events: readonly SoakEvent[] = [
    { atMs: 1_000, kind: "fault", origin: 0, fault: { hang: true } },
    { atMs: 2_000, kind: "heal", origin: 0 },
  ];
  it.each([
    ["before", 0, 900, false],
    ["when the fault began under it", 900, 1_100, true],
    ["during", 1_200, 1_300, true],
    ["in the time of grace", 2_400, 2_500, true],
    ["later", 2_600, 2_700, false],
  ])("is told of a request %s", (_, fromMs, toMs, expected) => {
    expect(wasFaulty(events, 0, { fromMs, toMs, graceMs: 500 })).toBe(expected);
    expect(wasFaulty(events, 1, { fromMs, toMs, graceMs: 500 })).toBe(false);
    expect(wasFaulty(events, 0, { fromMs, toMs, graceMs: 500 }, ({ refuse }) => refuse === true)).toBe(false);
  });
});
