import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../src/config/compile.ts";
import { parseConfig } from "../../../src/config/decode.ts";
import { contentText, digestOf, isIntact, meshText } from "../../../src/config/mesh-digest.ts";
import { meshOf } from "../../fixtures/meshes.ts";

async function compiled(nowMs: number) {
  const parsed = parseConfig(
    "services: { shop: { endpoints: [{ id: '7', url: https://a.example, labels: { '10': x, b: y } }] } }\nroutes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]",
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed));
  return compileMesh(parsed.config, { nowMs });
}

describe("a mesh's digest", () => {
  it("is that of its content, whenever it was compiled", async () => {
    const [one, two] = [await compiled(1_000), await compiled(2_000)];
    expect(two.version).toBe(one.version);
    expect(await isIntact(one)).toBe(true);
  });

  it("is kept by JSON and by a structured clone", async () => {
    const mesh = await compiled(1_000);
    expect(await isIntact(JSON.parse(JSON.stringify(mesh)))).toBe(true);
    expect(await isIntact(structuredClone(mesh))).toBe(true);
  });

  it("tells a mesh that was changed", async () => {
    const mesh = await compiled(1_000);
    expect(await isIntact({ ...mesh, precedence: "order" })).toBe(false);
  });

  it("goes into the text beside the time", async () => {
    const content = contentText(meshOf([]));
    const digest = await digestOf(content);
    expect(JSON.parse(meshText(content, digest, 7))).toEqual({ ...meshOf([]), version: digest, compiledAtMs: 7 });
  });
});
