import { describe, expect, it } from "vitest";
import { createMeshWatch, mayAsk, onAsk, onMesh } from "../../../../durable-objects/service-monitor/mesh-watch.ts";
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
    onMesh(watch, null, 0);
    expect(mayAsk(watch, version, isServiceKnown, 1_000)).toBe(asks);
  });

  it("is asked for once when the object has just started, whatever its peers run", () => {
    const watch = createMeshWatch(meshOf([]));
    expect(mayAsk(watch, OURS, true, 0)).toBe(true);
    onAsk(watch);
    onMesh(watch, null, 0);
    expect(mayAsk(watch, OURS, true, 60_000)).toBe(false);
  });

  it("is replaced by one that was compiled later, and by no other", () => {
    const watch = createMeshWatch(meshOf([]));
    expect(onMesh(watch, null, 0)).toBe(false);
    expect(onMesh(watch, meshOf([]), 0)).toBe(false);
    expect(onMesh(watch, { ...later, compiledAtMs: 999 }, 0)).toBe(false);
    expect(onMesh(watch, later, 0)).toBe(true);
    expect(watch.mesh).toBe(later);
  });

  it("is asked for once at a time, at most once a second, and ever less often in vain", () => {
    const watch = createMeshWatch(meshOf([]));
    const asks: number[] = [];
    for (let nowMs = 0; nowMs < 120_000; nowMs += 100) {
      if (!mayAsk(watch, THEIRS, true, nowMs)) continue;
      onAsk(watch);
      expect(mayAsk(watch, THEIRS, true, nowMs)).toBe(false);
      asks.push(nowMs);
      onMesh(watch, null, nowMs);
    }
    expect(asks).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000]);
  });
});
