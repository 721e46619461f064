import { describe, expect, it } from "vitest";
import type { Mesh } from "../../../../src/core/mesh.ts";
import { checkSlice, sliceOf } from "../../../../src/core/monitor/mesh-slice.ts";
import { endpointOf, meshOf, serviceOf } from "../../../fixtures/meshes.ts";

const service = (name: string) => serviceOf(name, [endpointOf("a", `http://${name}.invalid`)]);
const plan = { name: "edge", type: "headers", headers: [] } as const;
const mesh: Mesh = { ...meshOf([service("shop"), service("blog")]), credentials: [plan] };

describe("what a monitor needs of a mesh", () => {
  it("is its own service, and all credentials, which are referred to by index", () => {
    const slice = sliceOf(mesh, "shop");
    expect([slice.services.map(({ name }) => name), slice.credentials]).toEqual([["shop"], [plan]]);
    expect(checkSlice(JSON.parse(JSON.stringify(slice)))).toEqual(slice);
    const { credentials: _, ...bare } = slice;
    expect(checkSlice(bare)).toEqual(bare);
  });

  it.each([
    ["nothing", null],
    ["another format", { ...sliceOf(mesh, "shop"), format: 1 }],
    ["services that are none", { ...sliceOf(mesh, "shop"), services: [{ name: "shop" }] }],
    ["credentials that are no list", { ...sliceOf(mesh, "shop"), credentials: {} }],
    ["a credential without a type", { ...sliceOf(mesh, "shop"), credentials: [{ name: "x" }] }],
  ])("is not %s", (_, value) => {
    expect(checkSlice(value)).toBe(null);
  });
});
