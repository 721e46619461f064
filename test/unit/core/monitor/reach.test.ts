import { describe, expect, it } from "vitest";
import {
  createReach,
  expireReach,
  keepRefusals,
  noteReach,
  summariseReach,
  takeRefusals,
} from "../../../../src/core/monitor/reach.ts";

const refusing = (reporter: string, version = "bad", reason = "no key") => ({
  reporter,
  meshVersion: "good",
  refusedMesh: { version, reason },
});

describe("which meshes isolates run", () => {
  it("is counted by version, of those heard lately", () => {
    const reach = createReach();
    noteReach(reach, { reporter: "a", meshVersion: "1" }, 0);
    noteReach(reach, { reporter: "b", meshVersion: "2" }, 0);
    noteReach(reach, { reporter: "c", meshVersion: "2" }, 10_000);
    noteReach(reach, { reporter: "a", meshVersion: "2" }, 10_000);
    expect(summariseReach(reach, 10_000).meshes).toEqual([{ version: "2", reporters: 3 }]);
    expect(summariseReach(reach, 20_000).meshes).toEqual([{ version: "2", reporters: 2 }]);
    expireReach(reach, 20_000);
    expect([...reach.runs.keys()]).toEqual(["c", "a"]);
  });

  it("does not grow with reporters and refusals without end", () => {
    const reach = createReach();
    for (let i = 0; i < 12_000; i++) noteReach(reach, refusing(`r${i}`, `v${i}`), 0);
    const { meshes, refusals } = summariseReach(reach, 0);
    expect([reach.runs.size, reach.refused.size, reach.untold.length]).toEqual([10_000, 1_000, 1_000]);
    expect([meshes.length, refusals.length]).toEqual([1, 16]);
  });
});

describe("meshes that isolates could not run", () => {
  it("are summed up by reason, most first", () => {
    const reach = createReach();
    for (const reporter of ["a", "b"]) noteReach(reach, refusing(reporter), 0);
    noteReach(reach, refusing("c", "bad", "too large"), 0);
    expect(summariseReach(reach, 1_000).refusals).toEqual([
      { version: "bad", reason: "no key", reporters: 2 },
      { version: "bad", reason: "too large", reporters: 1 },
    ]);
    expect(summariseReach(reach, 600_001).refusals).toEqual([]);
  });

  it("are passed on once each, and again when nobody heard it", () => {
    const reach = createReach();
    for (let i = 0; i < 3; i++) noteReach(reach, refusing("a"), i);
    const told = takeRefusals(reach);
    expect(told).toEqual([{ digest: "bad", reporter: "a", reason: "no key" }]);
    expect(takeRefusals(reach)).toEqual([]);
    keepRefusals(reach, told);
    noteReach(reach, refusing("a", "worse"), 4);
    expect(takeRefusals(reach).map(({ digest }) => digest)).toEqual(["bad", "worse"]);
  });
});
