import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createCoordinator,
  decodeStoredEndpoint,
  ejectOutlier,
  lendProbes,
  loadEndpoint,
  projectRegion,
  saveEndpoint,
  setHealth,
  tick,
} from "../../../../src/core/health/coordinator.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { simService } from "../../../simulation/sim-service.ts";

const service = simService(["a", "b", "c"].map((id) => ({ id, cloud: id, loc: 0, weight: 1 })));
const fresh = (seed = 1) => createCoordinator({ service, regions: ["weur"], rng: seededRng(seed), nowMs: 0 });

describe("a stored endpoint", () => {
  it("comes back as it was after a trip through JSON", () => {
    const before = fresh();
    setHealth(before, 0, 3, 1_000);
    before.latency.floorMs[0] = 17;
    before.capacity.allowedRps[0] = 42;
    ejectOutlier(before, 0, "test", 2_000);
    const stored = JSON.parse(JSON.stringify(saveEndpoint(before, 0))) as unknown;
    const after = fresh(2);
    expect(loadEndpoint(after, 0, stored, 2_500)).toBe(true);
    expect(projectRegion(after, 0, 2_500)).toMatchObject({ health: [3, 0, 0], breaker: [1, 0, 0] });
    expect(projectRegion(after, 0, 2_500).openForMs[0]).toBe(projectRegion(before, 0, 2_500).openForMs[0]);
    expect([after.latency.floorMs[0], after.capacity.allowedRps[0]]).toEqual([17, before.capacity.allowedRps[0]]);
  });

  it("is probed in a new generation when it was half-open", () => {
    const before = fresh();
    ejectOutlier(before, 0, "test", 0);
    const [lease] = lendProbes(before, 0, 5_000);
    const after = fresh(2);
    loadEndpoint(after, 0, saveEndpoint(before, 0), 6_000);
    const [again] = lendProbes(after, 0, 6_000);
    expect(again!.generation).not.toBe(lease!.generation);
  });

  it("is never out for longer than the maximum, whatever the clock was", () => {
    const before = fresh();
    ejectOutlier(before, 0, "test", 1e12);
    const after = fresh(2);
    loadEndpoint(after, 0, saveEndpoint(before, 0), 1_000);
    tick(after, 11_300);
    expect(projectRegion(after, 0, 11_300).breaker[0]).toBe(2);
  });

  it.each<[string, unknown]>([
    ["nothing", null],
    ["text", "open"],
    ["another version", { ...saveEndpoint(fresh(), 0), v: 2 }],
    ["an unknown state", { ...saveEndpoint(fresh(), 0), state: "ajar" }],
    ["an unknown health", { ...saveEndpoint(fresh(), 0), health: 6 }],
    ["a negative capacity", { ...saveEndpoint(fresh(), 0), allowedRps: -1 }],
    ["a fractional generation", { ...saveEndpoint(fresh(), 0), generation: 1.5 }],
    ["a missing field", { ...saveEndpoint(fresh(), 0), floorMs: undefined }],
  ])("is not understood when it is %s", (_, value) => {
    expect(loadEndpoint(fresh(), 0, value, 1_000)).toBe(false);
  });

  it("is decoded without throwing, whatever was stored", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        decodeStoredEndpoint(value);
      }),
      { seed: 9 },
    );
  });
});
