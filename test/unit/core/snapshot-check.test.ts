import { describe, expect, it } from "vitest";
import { MAX_REPORT_ENDPOINTS } from "../../../src/core/protocol.ts";
import { checkSnapshot } from "../../../src/core/snapshot-check.ts";
import { snapshotOf } from "./service-state/fixture.ts";

const snapshot = snapshotOf({
  leases: [{ id: "a1", generation: 1, scope: "region", ttlMs: 3_000 }],
  rollouts: [{ name: "moving", stable: "a", canary: "b", percent: 10, revision: 3 }],
});

describe("the check of a snapshot", () => {
  it("gives a good one back as it is", () => {
    expect(checkSnapshot(snapshot)).toBe(snapshot);
  });

  it("takes one of a later version, one with short columns, and one of an object whose clock was set back", () => {
    const later = { ...snapshot, v: 2, energyJoules: [1], probability: [], memoryAgeMs: -5 };
    expect(checkSnapshot(later)).toBe(later);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a list", [snapshot]],
    ["no column", { ...snapshot, health: undefined }],
    ["a column longer than the ids", { ...snapshot, weight: [1, 1, 1, 1] }],
    ["a number that is none", { ...snapshot, latencyMs: [1, Number.NaN, 1] }],
    ["a hole in a column", { ...snapshot, weight: new Array(3) }],
    ["a hole in its leases", { ...snapshot, leases: new Array(1) }],
    ["a lease of nobody", { ...snapshot, leases: [{ ...snapshot.leases[0], scope: "moon" }] }],
    ["a rollout without a weight", { ...snapshot, rollouts: [{ name: "moving" }] }],
    ["an endless probability to shed", { ...snapshot, shed: Number.POSITIVE_INFINITY }],
    [
      "more endpoints than there may be",
      { ...snapshot, ids: Array.from({ length: MAX_REPORT_ENDPOINTS + 1 }, String) },
    ],
  ])("refuses one with %s", (_, value) => {
    expect(checkSnapshot(value)).toBeNull();
  });
});
