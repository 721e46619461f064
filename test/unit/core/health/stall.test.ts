import { describe, expect, it } from "vitest";
import { createStall, type Stall, stepStall } from "../../../../src/core/health/stall.ts";

const STEP_MS = 250;
const USUAL = [60, 40, 100];

interface Moment {
  readonly deliveredRps: readonly number[];
  readonly timedOutRps?: number;
  readonly isShedding?: boolean;
  /** Whether requests are reported to have ended. Default true. */
  readonly reports?: boolean;
}

/** Steps from a moment on, for so long; what each said. */
function during(stall: Stall, fromMs: number, forMs: number, moment: Moment): boolean[] {
  const { timedOutRps = 0, isShedding = false, reports = true } = moment;
  const deliveredRps = Float64Array.from(moment.deliveredRps);
  const said: boolean[] = [];
  for (let nowMs = fromMs + STEP_MS; nowMs <= fromMs + forMs; nowMs += STEP_MS) {
    if (reports) stall.finishedAtMs = nowMs;
    said.push(stepStall(stall, { deliveredRps, timedOutRps, isShedding }, nowMs, STEP_MS / 1_000));
  }
  return said;
}

/** Half a minute as usual. */
function settled(): Stall {
  const stall = createStall(USUAL.length);
  during(stall, -30_000, 30_000, { deliveredRps: USUAL });
  return stall;
}

const half = USUAL.map((rps) => rps / 2);

describe("a pause in common", () => {
  it("is seen when every endpoint delivers less than usually, and for a second afterwards", () => {
    const stall = settled();
    expect(during(stall, 0, 1_000, { deliveredRps: half })).toEqual([true, true, true, true]);
    const after = during(stall, 1_000, 3_000, { deliveredRps: USUAL });
    expect(after.indexOf(false)).toBe(3);
    expect(after.slice(3)).not.toContain(true);
  });

  it("is none when it lasts: two seconds at most", () => {
    const said = during(settled(), 0, 20_000, { deliveredRps: half });
    expect(said.indexOf(false)).toBe(8);
    expect(said.slice(8)).not.toContain(true);
  });

  it.each<[string, Moment]>([
    ["everything is as usual", { deliveredRps: USUAL }],
    ["more is delivered, as when demand surges", { deliveredRps: [80, 60, 140] }],
    ["one endpoint goes on as usual", { deliveredRps: [10, 8, 100] }],
    ["only one delivers less", { deliveredRps: [60, 40, 0] }],
    ["requests time out", { deliveredRps: half, timedOutRps: 11 }],
    ["requests are shed", { deliveredRps: half, isShedding: true }],
  ])("is none when %s", (_, moment) => {
    expect(during(settled(), 0, 3_000, moment)).not.toContain(true);
  });

  it("is none when a few requests per second vary by chance", () => {
    const stall = createStall(2);
    during(stall, -30_000, 30_000, { deliveredRps: [3, 3] });
    // Three standard deviations of 6 a second, over two, are 5.2.
    expect(during(stall, 0, 1_000, { deliveredRps: [1, 1] })).not.toContain(true);
  });

  it("is taken to be while nobody reports anything, for two seconds", () => {
    const said = during(settled(), 0, 4_000, { deliveredRps: USUAL, reports: false });
    expect(said.slice(1, 7)).not.toContain(false);
    expect(said.slice(7)).not.toContain(true);
  });

  it("is none before anything is usual", () => {
    expect(during(createStall(3), 0, 5_000, { deliveredRps: [0, 0, 0] })).not.toContain(true);
  });
});
