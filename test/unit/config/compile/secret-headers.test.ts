import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";
import { diffMeshes } from "../../../../src/config/diff/diff.ts";

async function compiled(text: string) {
  const result = parseConfig(text);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return compileMesh(result.config, { nowMs: 1 });
}

const CONFIG = `
credentials:
  signed: { type: HMAC, keyId: mesh, key: { secret: SHOP_HMAC } }
services:
  shop:
    credentials: [signed]
    endpoints:
      - { id: a, url: "https://a.example.com", headers: { X-Plain: one, Authorization: { secret: SHOP_TOKEN, prefix: "Bearer " } } }
      - { id: b, url: "https://b.example.com", headers: { authorization: { secret: SHOP_TOKEN, prefix: "Bearer " } }, credentials: [] }
      - { id: c, url: "https://c.example.com" }
    healthChecks: [{ path: /healthz, headers: { x-probe: yes-please, x-probe-key: { secret: PROBE_KEY } } }]
routes:
  - rules:
      - filters:
          - type: RequestHeaderModifier
            requestHeaderModifier: { set: [{ name: X-Shop-Key, value: { secret: SHOP_KEY } }, { name: x-plain, value: two }] }
        backendRefs: [{ service: shop }]
`;

describe("headers whose values are secrets", () => {
  it("become credentials of the mesh, equal ones once, before those that sign", async () => {
    const mesh = await compiled(CONFIG);
    const [shop] = mesh.services;
    const names = (indices: readonly number[] | undefined) => indices?.map((index) => mesh.credentials![index]!.name);
    expect(shop!.endpoints.map(({ credentials }) => names(credentials))).toEqual([
      ["authorization: Bearer {SHOP_TOKEN}", "signed"],
      ["authorization: Bearer {SHOP_TOKEN}"],
      undefined,
    ]);
    expect(names(shop!.credentials)).toEqual(["signed"]);
    expect(shop!.endpoints[0]!.headers).toEqual([["x-plain", "one"]]);
    const [check] = shop!.healthChecks;
    expect(check).toMatchObject({ headers: [["x-probe", "yes-please"]] });
    expect(check!.type === "http" && names(check!.credentials)).toEqual(["x-probe-key: {PROBE_KEY}"]);
    const { filters } = mesh.routes[0]!.rules[0]!;
    expect(filters!.requestHeaders!.set).toEqual([["x-plain", "two"]]);
    expect(names(filters!.credentials)).toEqual(["x-shop-key: {SHOP_KEY}"]);
    expect(mesh.credentials).toHaveLength(4);
  });

  it("change nothing where there are none", async () => {
    const mesh = await compiled(
      'services: { shop: { endpoints: [{ id: a, url: "https://a.example.com" }] } }\nroutes: []',
    );
    expect(mesh.credentials).toBeUndefined();
    expect(mesh.services[0]!.endpoints[0]).not.toHaveProperty("credentials");
  });

  it("are told by their names in differences", async () => {
    const [before, after] = await Promise.all([compiled(CONFIG), compiled(CONFIG.replace("SHOP_KEY", "SHOP_KEY_2"))]);
    const told = JSON.stringify(diffMeshes(before, after));
    expect(told).toContain("x-shop-key: {SHOP_KEY}");
    expect(told).toContain("x-shop-key: {SHOP_KEY_2}");
  });

  it.each([
    ["added beside what the caller said", "set: [{ name: X-Shop-Key", "add: [{ name: X-Shop-Key"],
    ["the mesh's own secrets", "SHOP_KEY }", "HEDDLE_SESSION_KEY }"],
    ["a name that is none", "SHOP_KEY }", '"shop key" }'],
  ])("cannot be %s", (_, from, to) => {
    expect(CONFIG).toContain(from);
    expect(parseConfig(CONFIG.replace(from, to)).ok).toBe(false);
  });
});
