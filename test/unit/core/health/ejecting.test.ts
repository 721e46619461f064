import { describe, expect, it } from "vitest";
import {
  createCoordinator,
  drainEvents,
  ejectOutlier,
  followBreaker,
  tick,
} from "../../../../src/core/health/coordinator.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { endpointOf, serviceOf } from "../../../fixtures/meshes.ts";

const T0 = 1_000;
const service = serviceOf("shop", [endpointOf("a", "http://a.invalid"), endpointOf("b", "http://b.invalid")]);
const coordinator = () => createCoordinator({ service, regions: ["weur"], rng: seededRng(1), nowMs: T0 });

describe("a breaker that follows another object's", () => {
  it("opens for the time it is told, and half-opens by itself", () => {
    const c = coordinator();
    followBreaker(c, 0, 1, 700, T0);
    expect(c.breakers[0]).toMatchObject({ state: "open", sinceMs: T0, untilMs: T0 + 700, ejections: 1 });
    tick(c, T0 + 700);
    expect(c.breakers[0]!.state).toBe("half-open");
  });

  it("is never open for longer than the longest ejection", () => {
    const c = coordinator();
    followBreaker(c, 0, 1, 1e9, T0);
    expect(c.breakers[0]).toMatchObject({ untilMs: T0 + 10_000 });
  });

  it("tells of a change once, however often it is said", () => {
    const c = coordinator();
    for (let at = 0; at < 4; at++) followBreaker(c, 0, 1, 1_000 - 250 * at, T0 + 250 * at);
    tick(c, T0 + 1_000);
    for (let at = 4; at < 8; at++) followBreaker(c, 0, 2, 0, T0 + 250 * at);
    followBreaker(c, 0, 0, 0, T0 + 2_000);
    followBreaker(c, 0, 0, 0, T0 + 2_250);
    expect(drainEvents(c).map(({ type }) => type)).toEqual(["opened", "half-open", "closed"]);
  });

  it("closes when it is told so, though its own evidence opened it", () => {
    const c = coordinator();
    ejectOutlier(c, 0, "own evidence", T0);
    followBreaker(c, 0, 0, 0, T0 + 100);
    expect(c.breakers[0]).toMatchObject({ state: "closed", sinceMs: T0 + 100 });
    expect(c.suspicion.everywhere[0]).toBe(0);
  });
});
