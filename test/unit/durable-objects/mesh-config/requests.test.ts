import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkApply,
  checkPage,
  checkPin,
  checkPut,
  checkRefusals,
  checkRollback,
  checkSubscribe,
} from "../../../../durable-objects/mesh-config/requests.ts";
import { contentText, digestOf } from "../../../../src/config/mesh-digest.ts";
import { meshOf } from "../../../fixtures/meshes.ts";

const content = contentText(meshOf([]));
const mesh = { ...meshOf([]), version: await digestOf(content) };
const request = {
  ...{ mesh, source: { text: "a: 1", format: "yaml" }, base: 0, author: "ada", message: "why", guardMs: 10_000 },
} as const;

describe("requests to MeshConfig", () => {
  it("are taken as they are when they are whole", async () => {
    const { mesh: _, ...said } = request;
    expect(await checkApply(request)).toEqual({ ok: true, request: { ...said, digest: mesh.version, content } });
    expect(checkRollback({ to: 3, author: "", message: "" })).toEqual({
      ok: true,
      request: { to: 3, author: "", message: "" },
    });
    expect(checkPut(mesh, 1_000)).toEqual({
      ok: true,
      request: { digest: mesh.version, compiledAtMs: 1_000, content },
    });
    expect(checkSubscribe({ monitor: "shop/weur", digest: "d", compiledAtMs: 1 })).toMatchObject({
      name: { service: "shop", scope: "weur" },
    });
  });

  it("are refused for a guard that is too short or too long", async () => {
    for (const guardMs of [9_999, 3_600_001, Number.NaN, "1m"]) {
      expect(await checkApply({ ...request, guardMs })).toMatchObject({ ok: false, error: "invalid_request" });
    }
  });

  it("are refused for a mesh that holds what JSON does not", async () => {
    const odd = { ...mesh, edge: { ...mesh.edge, maxHops: 3n } };
    expect(await checkApply({ ...request, mesh: odd })).toMatchObject({ ok: false, error: "invalid_mesh" });
    expect(checkPut(odd, 1_000)).toMatchObject({ ok: false, error: "invalid_mesh" });
  });

  it("are never thrown at, whatever they are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (value) => {
        expect((await checkApply(value)).ok).toBe(false);
        for (const check of [checkRollback, checkPin]) expect(check(value).ok).toBe(false);
        expect(checkPut(value, 0).ok).toBe(false);
        expect(checkSubscribe(value)).toBeNull();
        expect(Array.isArray(checkRefusals(value))).toBe(true);
        expect(checkPage(value).limit).toBeGreaterThan(0);
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  it("tell of at most 100 refusals, with reasons of bounded length", () => {
    const refusals = Array.from({ length: 150 }, (_, i) => ({
      digest: "d",
      reporter: `r${i}`,
      reason: "x".repeat(999),
    }));
    const checked = checkRefusals(refusals);
    expect(checked).toHaveLength(100);
    expect(checked[0]!.reason).toHaveLength(512);
  });
});
