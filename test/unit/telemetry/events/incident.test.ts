import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Incident,
  type IncidentParams,
  incidentDueMs,
  type Notice,
  onConditionEvent,
  onIncidentTime,
} from "../../../../src/telemetry/events/incident.ts";
import { ejection, recovery } from "./sample-events.ts";

const params: IncidentParams = { holdMs: 10_000, clearMs: 30_000, flaps: 4, flapWindowMs: 600_000 };

interface Said {
  readonly afterMs: number;
  readonly observer: string;
  readonly holds: boolean;
}
type Spoken = { readonly atMs: number; readonly notice: Notice };

/** Plays what observers say, with every moment that the incident asks for, and `quietMs` after it. */
function play(said: readonly Said[], given: IncidentParams = params, quietMs = 0, isEvicted = false) {
  let incident: Incident | null = null;
  let nowMs = 0;
  const notices: Spoken[] = [];
  const passTo = (untilMs: number) => {
    for (let rounds = 0; incident !== null; rounds++) {
      const dueMs = Math.max(nowMs, incidentDueMs(incident, given));
      if (dueMs > untilMs) break;
      if (rounds > 100) throw new Error("it is due again and again");
      nowMs = dueMs;
      const after = onIncidentTime(incident, nowMs, given);
      incident = after.incident;
      if (after.notice !== null) notices.push({ atMs: nowMs, notice: after.notice });
    }
    nowMs = untilMs;
  };
  for (const { afterMs, observer, holds } of said) {
    passTo(nowMs + afterMs);
    incident = onConditionEvent(incident, holds ? ejection() : recovery(), observer, nowMs, given);
    if (isEvicted) incident = JSON.parse(JSON.stringify(incident)) as Incident | null;
    passTo(nowMs);
  }
  passTo(nowMs + quietMs);
  return { incident, notices, nowMs };
}

const on = (afterMs: number, observer = "root"): Said => ({ afterMs, observer, holds: true });
const off = (afterMs: number, observer = "root"): Said => ({ afterMs, observer, holds: false });
const kinds = (notices: readonly Spoken[]) => notices.map(({ atMs, notice }) => [notice.kind, atMs]);

describe("an incident", () => {
  it.each([
    ["is told once it has held for long enough", [on(0)], [["trigger", 10_000]]],
    ["is not told when it was over before", [on(0), off(9_000)], []],
    [
      "is over once it has been over for long enough",
      [on(0), off(20_000)],
      [
        ["trigger", 10_000],
        ["resolve", 50_000],
      ],
    ],
    ["is not over for a moment's calm", [on(0), off(20_000), on(10_000)], [["trigger", 10_000]]],
    ["is told once though it is said again and again", [on(0), on(5_000), on(20_000)], [["trigger", 10_000]]],
    [
      "goes on as long as one observer says so",
      [on(0, "weur"), on(1_000, "apac"), off(20_000, "weur")],
      [["trigger", 10_000]],
    ],
    [
      "is over when no observer says so any more",
      [on(0, "weur"), on(1_000, "apac"), off(20_000, "weur"), off(4_000, "apac")],
      [
        ["trigger", 10_000],
        ["resolve", 55_000],
      ],
    ],
    ["does not end by an observer that never said so", [on(0, "weur"), off(20_000, "apac")], [["trigger", 10_000]]],
    ["does not begin with an end", [off(0)], []],
    [
      "is told as flapping at its fourth beginning, and over after a calm window",
      [on(0), off(1_000), on(1_000), off(1_000), on(1_000), off(1_000), on(1_000), off(1_000)],
      [
        ["trigger", 6_000],
        ["resolve", 607_000],
      ],
    ],
  ] as const)("%s", (_, said, expected) => {
    expect(kinds(play(said, params, 1_000_000).notices)).toEqual(expected);
  });

  it("says how often it came and went when it flaps, and since when it holds", () => {
    const flapping = play([on(0), off(1_000), on(1_000), off(1_000), on(1_000), off(1_000), on(1_000)]).notices[0];
    expect(flapping?.notice).toMatchObject({ kind: "trigger", flaps: 4 });
    const plain = play([on(5_000)], params, 20_000).notices[0];
    expect(plain?.notice).toMatchObject({ kind: "trigger", flaps: 0, sinceMs: 5_000 });
  });

  it("does not resolve between the flaps of what was told before it flapped", () => {
    const flap = [off(20_000), on(20_000), off(20_000), on(20_000), off(20_000), on(20_000)];
    const { notices } = play([on(0), ...flap, off(15_000)], params, 1_000_000);
    expect(kinds(notices)).toEqual([
      ["trigger", 10_000],
      ["resolve", 735_000],
    ]);
  });

  it("is forgotten when all is over", () => {
    expect(play([on(0), off(20_000)], params, 1_000_000).incident).toBeNull();
    expect(play([on(0), off(1_000)], params, 1_000_000).incident).toBeNull();
  });

  it("survives being stored as JSON at any moment", () => {
    const { incident } = play([on(0), off(20_000), on(2_000)]);
    expect(JSON.parse(JSON.stringify(incident))).toEqual(incident);
  });
});

const arbitrarySaid = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 60_000 }),
    observer: fc.constantFrom("root", "weur", "apac"),
    holds: fc.boolean(),
  }),
  { maxLength: 60 },
);
const arbitraryParams = fc.record({
  holdMs: fc.integer({ min: 0, max: 30_000 }),
  clearMs: fc.integer({ min: 0, max: 60_000 }),
  flaps: fc.constantFrom(0, 2, 4),
  flapWindowMs: fc.integer({ min: 10_000, max: 300_000 }),
});

/** Who says that it holds, after all was said. */
function openAfter(said: readonly Said[]): ReadonlySet<string> {
  const open = new Set<string>();
  for (const { observer, holds } of said) {
    if (holds) open.add(observer);
    else open.delete(observer);
  }
  return open;
}

describe("any story", () => {
  it("is told as trigger, resolve, trigger, resolve …", () => {
    fc.assert(
      fc.property(arbitrarySaid, arbitraryParams, (said, given) => {
        const told = play(said, given, 1_000_000).notices.map(({ notice }) => notice.kind);
        expect(told).toEqual(told.map((_, index) => (index % 2 === 0 ? "trigger" : "resolve")));
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  it("ends with the word that is true, once it has been quiet for long enough", () => {
    fc.assert(
      fc.property(arbitrarySaid, arbitraryParams, (said, given) => {
        const { notices } = play(said, given, 1_000_000);
        const isFiring = notices.length % 2 === 1;
        expect(isFiring).toBe(openAfter(said).size > 0);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it("resolves no sooner than it was over for long enough, and triggers no sooner than it held, unless it flaps", () => {
    fc.assert(
      fc.property(arbitrarySaid, arbitraryParams, (said, given) => {
        for (const { atMs, notice } of play(said, given, 1_000_000).notices) {
          if (notice.kind === "resolve") {
            // After flapping the window is what is waited for.
            expect(atMs - notice.untilMs).toBeGreaterThanOrEqual(Math.min(given.clearMs, given.flapWindowMs));
          }
          if (notice.kind === "trigger" && notice.flaps === 0) {
            expect(atMs - notice.sinceMs).toBeGreaterThanOrEqual(given.holdMs);
          }
        }
      }),
      { seed: 8, numRuns: 500 },
    );
  });

  it("is told the same whether or not the incident was stored and read in between", () => {
    fc.assert(
      fc.property(arbitrarySaid, arbitraryParams, (said, given) => {
        const evicted = play(said, given, 1_000_000, true).notices;
        expect(evicted).toEqual(play(said, given, 1_000_000).notices);
      }),
      { seed: 9, numRuns: 100 },
    );
  });
});
