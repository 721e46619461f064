import { describe, expect, it } from "vitest";
import {
  createMeshWatch,
  mayAsk,
  onAnswered,
  onAsk,
  onMesh,
} from "../../../../durable-objects/service-monitor/mesh-watch.ts";
import { meshOf } from "../../../fixtures/meshes.ts";

const OURS = "1111111111111111";
const THEIRS = "2222222222222222";
const later = meshOf([], { version: THEIRS, compiledAtMs: 2_000 });

describe("the mesh an object runs", () => {
  it.each([
    ["the same version", OURS, true, false],
    ["another version", THEIRS, true, true],
    ["an unknown version", "", true, false],
    ["a service we do not have", OURS, false, true],
  ])("%s", (_, version, isServiceKnown, asks) => {
    const watch = createMeshWatch(meshOf([]));
    onAsk(watch);
    onAnswered(watch, null, 0);
    expect(mayAsk(watch, version, isServiceKnown, 1_000)).toBe(asks);
  });

  it("is asked for when the object has just started, whatever its peers run, and when the subscription is to be renewed", () => {
    const watch = createMeshWatch(meshOf([]));
    expect(mayAsk(watch, OURS, true, 0)).toBe(true);
    onAsk(watch);
    onAnswered(watch, null, 0, 60_000);
    expect([59_999, 60_000].map((nowMs) => mayAsk(watch, OURS, true, nowMs))).toEqual([false, true]);
  });

  it("is replaced by one that was compiled later, and by no other", () => {
    const watch = createMeshWatch(meshOf([]));
    expect(onMesh(watch, null)).toBe(false);
    expect(onMesh(watch, meshOf([]))).toBe(false);
    expect(onMesh(watch, { ...later, compiledAtMs: 999 })).toBe(false);
    expect(onMesh(watch, later)).toBe(true);
    expect(watch.mesh).toBe(later);
  });

  it("is the same content at a later time after a rollback, so that what was rolled back is not newer", () => {
    const watch = createMeshWatch(meshOf([]));
    expect(onMesh(watch, { ...meshOf([]), compiledAtMs: 3_000 })).toBe(true);
    expect(onMesh(watch, later)).toBe(false);
  });

  it("is asked for once at a time, at most once a second, and ever less often in vain", () => {
    const watch = createMeshWatch(meshOf([]));
    const asks: number[] = [];
    for (let nowMs = 0; nowMs < 120_000; nowMs += 100) {
      if (!mayAsk(watch, THEIRS, true, nowMs)) continue;
      onAsk(watch);
      expect(mayAsk(watch, THEIRS, true, nowMs)).toBe(false);
      asks.push(nowMs);
      onAnswered(watch, null, nowMs);
    }
    expect(asks).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000]);
  });
});
