import { describe, expect, it } from "vitest";
import {
  type Announced,
  createReach,
  mayLoad,
  onAdopted,
  onOlder,
  onRefused,
  type Reach,
  refusalToTell,
  SLOT_MS,
} from "../../../../src/edge/mesh/reach.ts";
import { meshOf } from "../../../fixtures/meshes.ts";

const OURS = "1111111111111111";
const OTHER = "2222222222222222";
const NOW = 100_000;

const reachOf = (): Reach => createReach(meshOf([], { version: OURS, compiledAtMs: 1_000 }), NOW);
const later: Announced = { version: OTHER, atMs: 2_000 };

describe("what was announced", () => {
  it.each<[string, Announced, boolean]>([
    ["later than ours is loaded", later, true],
    ["as late as ours is not", { ...later, atMs: 1_000 }, false],
    ["earlier is not: the peer is behind", { ...later, atMs: 500 }, false],
    ["without a time is loaded: its text tells", { ...later, atMs: null }, true],
    ["as what we run is not", { version: OURS, atMs: 2_000 }, false],
    ["by a peer that knows of none is not", { version: "", atMs: 2_000 }, false],
  ])("%s", (_, announced, expected) => {
    expect(mayLoad(reachOf(), OURS, announced, NOW)).toBe(expected);
  });

  it("is loaded once at a time, until the load is lost", () => {
    const reach = reachOf();
    reach.loading = { version: OTHER, sinceMs: NOW };
    expect(mayLoad(reach, OURS, later, NOW + SLOT_MS - 1)).toBe(false);
    expect(mayLoad(reach, OURS, later, NOW + SLOT_MS)).toBe(true);
  });

  it("makes ours later when it is a rollback to it, so that what was rolled back stays out", () => {
    const reach = reachOf();
    expect(mayLoad(reach, OURS, { version: OURS, atMs: 3_000 }, NOW)).toBe(false);
    expect(mayLoad(reach, OURS, later, NOW)).toBe(false);
  });

  it("is a rollback when an old digest comes with a later time", () => {
    const reach = reachOf();
    onAdopted(reach, 2_000, "kv", NOW);
    expect(mayLoad(reach, OTHER, { version: OURS, atMs: 3_000 }, NOW)).toBe(true);
  });

  it("is left alone for a while when only its text could tell that it is older", () => {
    const reach = reachOf();
    onOlder(reach, OTHER, NOW);
    expect(mayLoad(reach, OURS, { version: OTHER, atMs: null }, NOW + 59_999)).toBe(false);
    expect(mayLoad(reach, OURS, { version: OTHER, atMs: null }, NOW + 60_000)).toBe(true);
  });
});

describe("a version that was refused", () => {
  it("is loaded again after a wait that doubles, up to a minute", () => {
    const reach = reachOf();
    const waits: number[] = [];
    let nowMs = NOW;
    for (let i = 0; i < 8; i++) {
      onRefused(reach, later, { kind: "load", reason: "nothing" }, nowMs);
      const untilMs = reach.refused!.untilMs;
      expect(mayLoad(reach, OURS, later, untilMs - 1)).toBe(false);
      expect(mayLoad(reach, OURS, later, untilMs)).toBe(true);
      waits.push(untilMs - nowMs);
      nowMs = untilMs;
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it("is tried at once when it is announced anew, or another one is", () => {
    const reach = reachOf();
    onRefused(reach, later, { kind: "run", reason: "no key" }, NOW);
    expect(mayLoad(reach, OURS, later, NOW + 1)).toBe(false);
    expect(mayLoad(reach, OURS, { ...later, atMs: 2_001 }, NOW + 1)).toBe(true);
    expect(mayLoad(reach, OURS, { version: "3333333333333333", atMs: 2_001 }, NOW + 1)).toBe(true);
  });

  it("is told at once when it cannot run here, and when it could not be loaded three times", () => {
    const reach = reachOf();
    expect(refusalToTell(reach)).toBeNull();
    onRefused(reach, later, { kind: "run", reason: "no key" }, NOW);
    expect(refusalToTell(reach)).toEqual({ version: OTHER, reason: "no key" });
    const late = reachOf();
    for (let i = 0; i < 2; i++) onRefused(late, later, { kind: "load", reason: "kv: nothing" }, NOW);
    expect(refusalToTell(late)).toBeNull();
    onRefused(late, later, { kind: "load", reason: "kv: nothing" }, NOW);
    expect(refusalToTell(late)).toEqual({ version: OTHER, reason: "kv: nothing" });
  });

  it("is forgotten when another mesh is put in force", () => {
    const reach = reachOf();
    onRefused(reach, later, { kind: "run", reason: "no key" }, NOW);
    onAdopted(reach, 3_000, "object", NOW);
    expect(refusalToTell(reach)).toBeNull();
  });
});
