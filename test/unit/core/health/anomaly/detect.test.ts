import { describe, expect, it } from "vitest";
import { createAnomalyState } from "../../../../../src/core/health/anomaly/anomaly-state.ts";
import { observeAnomaly, stepAnomaly } from "../../../../../src/core/health/anomaly/detect.ts";
import { drive, type Weather } from "./drive.ts";

/** Long enough to know what is usual. */
const WARM_S = 600;
const only =
  (weather: Weather) =>
  (e: number): Weather =>
    e === 0 ? weather : {};

describe("an endpoint in order", () => {
  // At most one false alarm a week and endpoint: in one endpoint-week more than four have a chance of 0.4 % (Poisson of 1).
  // Half again as much load and a third more latency by day, and every hour a hiccup of all for twenty seconds.
  it.each([
    ["busy", 90, 1],
    ["quiet and heavy-tailed", 0.5, 1.5],
  ])(
    "raises at most one false alarm a week, %s",
    (_, rps, cv) => {
      const day = (second: number) => Math.sin((2 * Math.PI * second) / 86_400);
      const found = drive(7, rps, 11, cv).run(86_400, (_, s) => ({
        load: 1 + 0.5 * day(s),
        slow: 1 + 0.3 * day(s) + (s % 3_600 < 20 ? 1 : 0),
      }));
      expect(found.filter(({ type }) => type === "degrading").length).toBeLessThanOrEqual(4);
    },
    60_000,
  );

  it("is not blamed for what all have in common, by factor or by time", () => {
    const world = drive(6, 20, 2);
    world.run(WARM_S);
    expect(world.run(120, () => ({ slow: 3 }))).toEqual([]);
    expect(world.run(120, () => ({}))).toEqual([]);
    expect(world.run(120, () => ({ detourMs: 80 }))).toEqual([]);
    expect(world.run(120, () => ({ failures: 0.2 }))).toEqual([]);
  });

  it("is not blamed for a moment: two seconds of a restart", () => {
    const world = drive(6, 20, 3);
    world.run(WARM_S);
    expect(world.run(60, (e, s) => (e === 0 && s < 2 ? { slow: 5, failures: 0.3 } : {}))).toEqual([]);
  });

  it("may be slower in proportion to a load that it alone has", () => {
    const world = drive(6, 40, 4);
    world.run(WARM_S);
    const found = world.run(60, (e, s) =>
      e === 0 ? { load: 1 + Math.min(0.6, s / 30), slow: 1 + Math.min(0.4, s / 45) } : {},
    );
    expect(found).toEqual([]);
  });
});

describe("an endpoint that degrades", () => {
  it.each([
    ["takes half as long again", { slow: 1.5 }, 40, 30, 1],
    ["takes twice as long", { slow: 2 }, 40, 12, 1],
    ["takes twice as long, at two requests a second", { slow: 2 }, 2, 300, 1],
    ["fails in one of twenty", { failures: 0.05 }, 40, 20, 2],
    ["fails in one of twenty, at two requests a second", { failures: 0.05 }, 2, 400, 2],
  ])("is found when it %s", (_, weather, rps, withinS, by) => {
    const world = drive(6, rps, 5);
    world.run(rps < 10 ? 2 * WARM_S : WARM_S);
    const [first] = world.run(withinS, only(weather));
    expect(first).toMatchObject({ type: "degrading", endpoint: 0, by });
  });

  it("is found as it creeps, a percent a second", () => {
    const world = drive(6, 40, 6);
    world.run(WARM_S);
    const [first] = world.run(90, (e, s) => (e === 0 ? { slow: 1 + s / 100 } : {}));
    expect(first).toMatchObject({ type: "degrading", endpoint: 0 });
  });

  it("recovers after it was as before for a while, and not sooner", () => {
    const world = drive(6, 40, 7);
    world.run(WARM_S);
    expect(world.run(60, only({ slow: 2 })).map(({ type }) => type)).toEqual(["degrading"]);
    const [back, ...more] = world.run(60);
    expect(back).toMatchObject({ type: "recovered", endpoint: 0, cause: "as it was before" });
    expect(back?.second).toBeGreaterThanOrEqual(9);
    expect(more).toEqual([]);
  });

  it("is held longer with every relapse", () => {
    const world = drive(6, 40, 8);
    world.run(WARM_S);
    const lasted = [0, 1, 2].map(() => {
      world.run(20, only({ slow: 2 }));
      const found = world.run(100).find(({ type }) => type === "recovered");
      return found?.type === "recovered" ? found.forMs : 0;
    });
    expect(lasted[0]).toBeLessThan(lasted[1]!);
    expect(lasted[1]).toBeLessThan(lasted[2]!);
  });

  it("is taken as it is, when it stays so", () => {
    const world = drive(6, 40, 9);
    world.run(WARM_S);
    world.run(60, only({ slow: 1.6 }));
    const found = world.run(1_500, only({ slow: 1.6 }));
    expect(found).toMatchObject([{ type: "recovered", cause: "this is how it is now" }]);
  });

  it("is no longer degrading once it is out, nor when nobody asks it", () => {
    for (const isOut of [true, false]) {
      const { state, run } = drive(3, 40, 10);
      run(WARM_S);
      run(60, only({ slow: 3 }));
      expect(state.degrading[0]).not.toBe(0);
      const laterMs = state.steppedAtMs + 400_000;
      expect(stepAnomaly(state, (e) => isOut && e === 0, laterMs)).toMatchObject([{ type: "recovered", endpoint: 0 }]);
    }
  });
});

describe("the work", () => {
  it("finds an endpoint with no peers by its own past", () => {
    const world = drive(1, 40, 12);
    world.run(WARM_S);
    expect(world.run(20, only({ slow: 2 }))).toMatchObject([{ type: "degrading", endpoint: 0 }]);
  });

  it("judges nothing before it has learned", () => {
    expect(drive(4, 40, 13).run(50, only({ slow: 4 }))).toEqual([]);
  });

  it("stays finite, whatever is reported", () => {
    const s = createAnomalyState({ sensitivity: "high", maxLeanPercent: 90 }, 2, 2);
    let nowMs = 0;
    for (const batch of [
      { ok: 0, sumMs: 0, failed: 5 },
      { ok: 9, sumMs: 0, failed: 0 },
      { ok: 1e9, sumMs: 1e15, failed: 1e9 },
      { ok: 1, sumMs: 1e-9, failed: 0 },
    ]) {
      for (let i = 0; i < 200; i++) {
        observeAnomaly(s, i % 2, 0, batch, nowMs);
        nowMs += 1_000;
        stepAnomaly(s, () => false, nowMs);
      }
    }
    for (const column of [s.cusum, s.ewma, s.errorScore, s.shift, s.excess, s.variance, s.lean]) {
      expect([...column].every(Number.isFinite)).toBe(true);
    }
  });
});
