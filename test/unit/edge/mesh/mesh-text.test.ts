import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";
import type { Mesh } from "../../../../src/core/mesh.ts";
import { checkMeshText, MAX_MESH_TEXT_LENGTH } from "../../../../src/edge/mesh/mesh-text.ts";

async function compiled(nowMs: number): Promise<Mesh> {
  const decoded = parseConfig(`
services:
  shop: { endpoints: [{ id: a, url: "https://ä.example", labels: { "10": x, "2": y } }] }
routes: [{ rules: [{ matches: [{ path: { type: RegularExpression, value: "/a+" } }], backendRefs: [{ service: shop }] }] }]
`);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return compileMesh(decoded.config, { nowMs });
}

describe("the check of a mesh as text", () => {
  it("takes what the compiler made, whenever it was accepted", async () => {
    const mesh = await compiled(1_789_000_000_000);
    const later = { ...mesh, compiledAtMs: 1_789_000_000_001 };
    expect(await checkMeshText(JSON.stringify(mesh), mesh.version)).toEqual({ ok: true, mesh });
    expect(await checkMeshText(JSON.stringify(later), mesh.version)).toEqual({ ok: true, mesh: later });
  });

  it("takes it with version and time in other places, and with spaces between", async () => {
    const { version, compiledAtMs, ...content } = await compiled(5);
    const first = JSON.stringify({ compiledAtMs, version, ...content });
    expect(await checkMeshText(first, version)).toMatchObject({ ok: true });
    const spaced = JSON.stringify({ ...content, version, compiledAtMs }, null, 2);
    expect(await checkMeshText(spaced, version)).toMatchObject({ ok: true });
  });

  it.each<[string, (text: string, mesh: Mesh) => unknown]>([
    ["nothing", () => null],
    ["no JSON", (text) => text.slice(0, -5)],
    ["a list", () => "[]"],
    ["another version", (text, { version }) => text.replaceAll(version, "0123456789abcdef")],
    ["one letter changed", (text) => text.replace("shop", "shoq")],
    ["something added", (text) => text.replace('{"format"', '{"more":1,"format"')],
    ["something added at the end", (text) => `${text.slice(0, -1)},"more":1}`],
    ["a second version before the first", (text, { version }) => text.replace("{", `{"version":"${version}",`)],
    ["no time", (text) => text.replace(/"compiledAtMs":\d+/, '"compiledAtMs":null')],
    ["too long a text", (text) => text + " ".repeat(MAX_MESH_TEXT_LENGTH)],
  ])("refuses %s", async (_, change) => {
    const mesh = await compiled(5);
    expect(await checkMeshText(change(JSON.stringify(mesh), mesh), mesh.version)).toMatchObject({ ok: false });
  });
});
