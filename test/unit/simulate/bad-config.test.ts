import { describe, expect, it } from "vitest";
import { pushesOf } from "../../../src/simulate/bad-config.ts";
import { MESH, ONE, scenarioOf } from "./days.ts";

describe("a bad config", () => {
  it("misleads its endpoints, and is followed by a roll-back; both are newer than what they replace", () => {
    const cloud = { type: "cloud", cloud: "gcp" } as const;
    const { faults } = scenarioOf({ type: "bad-config", target: cloud }, { type: "down", target: ONE });
    const [bad, back, ...rest] = pushesOf(MESH, faults);
    expect(rest).toEqual([]);
    expect([bad!.atMs, back!.atMs]).toEqual([5_000, 15_000]);
    const origins = (mesh: typeof MESH) => mesh.services[0]!.endpoints.map(({ origin }) => origin);
    const [a, , c] = origins(MESH);
    expect(origins(bad!.mesh)).toEqual([a, "https://nowhere.invalid", c, "https://nowhere.invalid"]);
    expect(origins(back!.mesh)).toEqual(origins(MESH));
    expect(MESH.compiledAtMs).toBeLessThan(bad!.mesh.compiledAtMs);
    expect(bad!.mesh.compiledAtMs).toBeLessThan(back!.mesh.compiledAtMs);
    expect(new Set([MESH.version, bad!.mesh.version, back!.mesh.version]).size).toBe(3);
  });

  it("is not among faults of other kinds", () => {
    expect(pushesOf(MESH, scenarioOf({ type: "down", target: ONE }).faults)).toEqual([]);
  });
});
