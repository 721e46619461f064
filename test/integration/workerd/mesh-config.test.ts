import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import { MESH_CONFIG_NAME } from "../../../durable-objects/mesh-config/mesh-config.ts";
import { endpointOf, meshOf, serviceOf } from "../../fixtures/meshes.ts";
import { testEnv } from "./stubs.ts";

const config = () => testEnv.MESH_CONFIG.getByName(MESH_CONFIG_NAME);
const mesh = (compiledAtMs: number, endpoints = 1) => {
  const all = Array.from({ length: endpoints }, (_, i) =>
    endpointOf(`e${i}`, `http://e${i}.invalid`, { labels: { x: "ü".repeat(900) } }),
  );
  return meshOf([serviceOf("shop", all)], { compiledAtMs, version: `v${compiledAtMs}` });
};

afterEach(() => reset());

describe("MeshConfig", () => {
  it("has no mesh at first", async () => {
    expect(await config().current()).toBeNull();
  });

  it("refuses a mesh from the future, which would keep every later one out", async () => {
    const ahead = mesh(Date.now() + 3_600_000);
    expect(await config().put(ahead)).toMatchObject({ ok: false, error: "invalid_mesh" });
    expect(await config().current()).toBeNull();
  });

  it("gives back what was put, also after it was evicted", async () => {
    expect(await config().put(mesh(2_000))).toEqual({ ok: true, version: "v2000" });
    expect(await config().current()).toEqual(mesh(2_000));
    await evictDurableObject(config());
    expect(await config().current()).toEqual(mesh(2_000));
  });

  it("keeps a mesh of several megabytes in rows of less than one, and a smaller one after it", async () => {
    const large = mesh(2_000, 2_000);
    expect(await config().put(large)).toMatchObject({ ok: true });
    await evictDurableObject(config());
    expect(await config().current()).toEqual(large);
    const sizes = await runInDurableObject(config(), (_, { storage }) =>
      storage.sql.exec<{ size: number }>("SELECT length(CAST(text AS BLOB)) AS size FROM content_piece").toArray(),
    );
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes.map(({ size }) => size))).toBeLessThan(1_000_000);
    await config().put(mesh(3_000));
    await evictDurableObject(config());
    expect(await config().current()).toEqual(mesh(3_000));
  });

  it("keeps the mesh that was compiled later, whatever the order", async () => {
    await config().put(mesh(2_000));
    expect(await config().put(mesh(1_999))).toMatchObject({ ok: false, error: "older_mesh" });
    expect(await config().put(mesh(2_000))).toMatchObject({ ok: true });
    expect(await config().current()).toMatchObject({ version: "v2000" });
  });

  it.each([
    ["another format", { ...mesh(1), format: 99 }, "format 99"],
    ["no version", { ...mesh(1), version: 7 }, "version"],
    ["no services", { ...mesh(1), services: {} }, "services"],
    ["a nameless service", { ...mesh(1), services: [{}] }, "services"],
    ["nothing", null, "not an object"],
  ])("refuses a mesh with %s and keeps the last good one", async (_, value, detail) => {
    await config().put(mesh(1_000));
    const reply = await config().put(value);
    expect(reply).toMatchObject({ ok: false, error: "invalid_mesh", detail: expect.stringContaining(detail) });
    expect(await config().current()).toMatchObject({ version: "v1000" });
  });

  it("makes a version of each, unless it is the one in force", async () => {
    await config().put(mesh(2_000));
    await config().put(mesh(2_000));
    await config().put(mesh(3_000));
    expect(await config().history({})).toMatchObject([
      { version: 2, digest: "v3000", author: "", kind: "apply" },
      { version: 1, digest: "v2000", author: "", kind: "apply" },
    ]);
  });
});
