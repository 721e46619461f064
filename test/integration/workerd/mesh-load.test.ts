import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Mesh } from "../../../src/core/mesh.ts";
import { meshKey } from "../../../src/core/mesh-version.ts";
import type { Report, SyncReply } from "../../../src/core/protocol.ts";
import type { Environment, MeshConfigCalls } from "../../../src/edge/environment.ts";
import { handleRequest } from "../../../src/edge/handle.ts";
import { createIsolate, type Isolate } from "../../../src/edge/isolate.ts";
import { writeColoHead, writeColoText } from "../../../src/edge/mesh/colo-mesh.ts";
import { onAnnounced, startFromColo } from "../../../src/edge/mesh/load.ts";
import { stateOf } from "../../../src/edge/state.ts";
import { sync } from "../../../src/edge/sync.ts";
import { meshOf } from "../harness/configs.ts";
import { snapshotFor } from "./snapshots.ts";
import { testEnv } from "./stubs.ts";

afterEach(() => vi.restoreAllMocks());

let made = 0;

/** A config of its own for every test: the cache of the data centre is one for all. */
const config = (path: string, more = "") => `
services: { shop: { endpoints: [{ id: one, url: "${testEnv.ORIGIN}" }] } }
routes: [{ name: test-${++made}, rules: [{ ${more} matches: [{ path: { value: ${path} } }], backendRefs: [{ service: shop }] }] }]
`;

/** With the digest that is right for what the mesh holds. */
async function digested({ version: _, compiledAtMs, ...content }: Mesh): Promise<Mesh> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(content)));
  const hex = Array.from(new Uint8Array(bytes).subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0"));
  return { ...content, version: hex.join(""), compiledAtMs };
}

type Reader = (digest: string) => Promise<string | null>;

interface Sources {
  readonly kv?: Reader;
  readonly text?: Reader;
}

/** An isolate with a config object and a KV that answer as told, and what they were asked. */
function isolateOn(mesh: Mesh, { kv, text = async () => null }: Sources = {}, more: Environment = {}) {
  const asked: string[] = [];
  const noted = (name: string, reader: Reader) => (key: string) => {
    asked.push(name);
    return reader(key);
  };
  const calls: MeshConfigCalls = {
    text: noted("object", text),
    head: () => Promise.resolve(null),
    put: () => Promise.reject(new Error("not here")),
  };
  const env: Environment = {
    MESH_CONFIG: { getByName: () => calls, idFromName: () => `config of ${mesh.version}` },
    ...(kv !== undefined && { MESH_KV: { get: noted("kv", (key) => kv(key.replace("mesh/", ""))) } }),
    ...more,
  };
  const isolate: Isolate = { ...createIsolate({ mesh, env, region: "weur", nowMs: Date.now() }), rng: () => 0 };
  return { isolate, asked };
}

async function announce(isolate: Isolate, version: string, atMs: number | null): Promise<void> {
  const ctx = createExecutionContext();
  onAnnounced(isolate, { version, atMs }, ctx);
  await waitOnExecutionContext(ctx);
}

async function statusOf(isolate: Isolate, path: string): Promise<number> {
  const ctx = createExecutionContext();
  const request = new Request(`http://shop.test${path}`);
  const response = await handleRequest(request, request.url, isolate, ctx);
  await response.body?.cancel();
  await waitOnExecutionContext(ctx);
  return response.status;
}

const holds =
  (mesh: Mesh): Reader =>
  async (digest) =>
    digest === mesh.version ? JSON.stringify(mesh) : null;

describe("a version that is announced", () => {
  it("is loaded from KV, put in force whole, and left in the cache for the other isolates", async () => {
    const [first, second] = [await meshOf(config("/good/healthz")), await meshOf(config("/bad/healthz"))];
    await testEnv.TEST_KV.put(meshKey(second.version), JSON.stringify(second));
    const kv: Reader = (digest) => testEnv.TEST_KV.get(meshKey(digest));
    const { isolate, asked } = isolateOn(first, { kv });
    expect([await statusOf(isolate, "/good/healthz"), await statusOf(isolate, "/bad/healthz")]).toEqual([200, 404]);
    await announce(isolate, second.version, second.compiledAtMs);
    expect(asked).toEqual(["kv"]);
    expect(stateOf(isolate, Date.now())).toMatchObject({
      meshVersion: second.version,
      mesh: { source: "kv", acceptedAtMs: second.compiledAtMs, loading: "", refused: null },
      problems: [],
    });
    expect([await statusOf(isolate, "/good/healthz"), await statusOf(isolate, "/bad/healthz")]).toEqual([404, 200]);

    const neighbour = isolateOn(first, { kv });
    await announce(neighbour.isolate, second.version, second.compiledAtMs);
    expect(neighbour.asked).toEqual([]);
    expect(stateOf(neighbour.isolate, Date.now()).mesh.source).toBe("colo");
  });

  it("is loaded once, however often it is announced meanwhile", async () => {
    const [first, second] = [await meshOf(config("/good/healthz")), await meshOf(config("/bad/healthz"))];
    const { isolate, asked } = isolateOn(first, { kv: holds(second) });
    const ctx = createExecutionContext();
    for (let i = 0; i < 5; i++) onAnnounced(isolate, { version: second.version, atMs: second.compiledAtMs }, ctx);
    await waitOnExecutionContext(ctx);
    expect(asked).toEqual(["kv"]);
  });

  it("is not loaded from a peer that is behind", async () => {
    const [old, current] = [await meshOf(config("/good/healthz")), await meshOf(config("/bad/healthz"))];
    const { isolate, asked } = isolateOn(current, { kv: holds(old) });
    await announce(isolate, old.version, old.compiledAtMs);
    expect([asked, isolate.open.mesh.version]).toEqual([[], current.version]);
  });

  it("is found to be older by its text where the peer tells no time, and not loaded again soon", async () => {
    const [old, current] = [await meshOf(config("/good/healthz")), await meshOf(config("/bad/healthz"))];
    const { isolate, asked } = isolateOn(current, { kv: holds(old) });
    await announce(isolate, old.version, null);
    await announce(isolate, old.version, null);
    expect([asked, isolate.open.mesh.version]).toEqual([["kv"], current.version]);
  });

  it("may be a rollback: an old digest, accepted later than its text says", async () => {
    const [old, current] = [await meshOf(config("/old")), await meshOf(config("/current"))];
    const { isolate } = isolateOn(current, { kv: holds(old) });
    const atMs = current.compiledAtMs + 1_000;
    await announce(isolate, old.version, atMs);
    expect(isolate.open.mesh.version).toBe(old.version);
    await announce(isolate, current.version, current.compiledAtMs);
    expect(isolate.open.mesh.version).toBe(old.version);
    expect(stateOf(isolate, Date.now()).mesh.acceptedAtMs).toBe(atMs);
  });

  it("rides on a snapshot, and what was refused on the next report", async () => {
    const [first, second] = [
      await meshOf(config("/good/healthz")),
      await meshOf(config("/bad/healthz", "sessionPersistence: { sessionName: s },")),
    ];
    const reports: Report[] = [];
    const reply: SyncReply = {
      ok: true,
      snapshot: snapshotFor("shop", ["one"], { meshVersion: second.version, meshAtMs: second.compiledAtMs }),
    };
    const monitor = {
      sync: async (report: Report) => {
        reports.push(report);
        return reply;
      },
    };
    const { isolate } = isolateOn(first, { kv: holds(second) }, { SERVICE_MONITOR: { getByName: () => monitor } });
    for (let round = 0; round < 2; round++) {
      const ctx = createExecutionContext();
      await sync(isolate, isolate.open.services[0]!, ctx);
      await waitOnExecutionContext(ctx);
    }
    expect(reports.map(({ refusedMesh }) => refusedMesh?.version)).toEqual([undefined, second.version]);
    expect(reports[1]!.refusedMesh!.reason).toContain("HEDDLE_SESSION_KEY");
  });
});

describe("a version that cannot be had from one place", () => {
  const garbage: Reader = async () => "{";
  const throws: Reader = () => Promise.reject(new Error("broken by the test"));

  it.each<[string, (second: Mesh, third: Mesh) => Sources]>([
    ["KV is empty", (second) => ({ kv: async () => null, text: holds(second) })],
    ["KV throws", (second) => ({ kv: throws, text: holds(second) })],
    ["KV has garbage", (second) => ({ kv: garbage, text: holds(second) })],
    ["KV has another mesh", (second, third) => ({ kv: async () => JSON.stringify(third), text: holds(second) })],
    [
      "KV has another mesh that says it is this one",
      (second, third) => ({
        kv: async () => JSON.stringify({ ...third, version: second.version }),
        text: holds(second),
      }),
    ],
    ["there is no KV", (second) => ({ text: holds(second) })],
  ])("is loaded from the config object when %s", async (_, sourcesOf) => {
    const [first, second, third] = [
      await meshOf(config("/good/healthz")),
      await meshOf(config("/bad/healthz")),
      await meshOf(config("/kinds/healthz")),
    ];
    const { isolate } = isolateOn(first, sourcesOf(second, third));
    await announce(isolate, second.version, second.compiledAtMs);
    expect(stateOf(isolate, Date.now())).toMatchObject({ meshVersion: second.version, mesh: { source: "object" } });
  });

  it("is loaded from KV when the cache has garbage, and mends the cache", async () => {
    const [first, second] = [await meshOf(config("/good/healthz")), await meshOf(config("/bad/healthz"))];
    await writeColoText(second.version, "no mesh");
    const { isolate, asked } = isolateOn(first, { kv: holds(second) });
    await announce(isolate, second.version, second.compiledAtMs);
    expect([asked, isolate.open.mesh.version]).toEqual([["kv"], second.version]);
    const neighbour = isolateOn(first);
    await announce(neighbour.isolate, second.version, second.compiledAtMs);
    expect([neighbour.asked, neighbour.isolate.open.mesh.version]).toEqual([[], second.version]);
  });

  it.each<[string, Sources]>([
    ["nobody has it", { kv: async () => null }],
    ["everything throws", { kv: throws, text: throws }],
    ["all there is is garbage", { kv: garbage, text: garbage }],
    ["the object gives what is no text", { text: (async () => 7) as unknown as Reader }],
  ])("stays out when %s: the last good one serves, says why, and it is not tried in a loop", async (_, sources) => {
    const [first, second] = [await meshOf(config("/good/healthz")), await meshOf(config("/bad/healthz"))];
    const { isolate, asked } = isolateOn(first, sources);
    await announce(isolate, second.version, second.compiledAtMs);
    const asks = asked.length;
    await announce(isolate, second.version, second.compiledAtMs);
    expect(asked).toHaveLength(asks);
    expect(await statusOf(isolate, "/good/healthz")).toBe(200);
    const state = stateOf(isolate, Date.now());
    expect(state).toMatchObject({
      meshVersion: first.version,
      mesh: { source: "bundled", loading: "", refused: { version: second.version, kind: "load", tries: 1 } },
    });
    expect(state.problems.join()).toContain(`${first.version} stays in force`);
  });

  it("is had when it is announced anew and there by then", async () => {
    const [first, second] = [await meshOf(config("/good/healthz")), await meshOf(config("/bad/healthz"))];
    let isThere = false;
    const kv: Reader = async () => (isThere ? JSON.stringify(second) : null);
    const { isolate } = isolateOn(first, { kv });
    await announce(isolate, second.version, second.compiledAtMs);
    isThere = true;
    await announce(isolate, second.version, second.compiledAtMs + 1);
    expect(stateOf(isolate, Date.now())).toMatchObject({ meshVersion: second.version, problems: [] });
  });
});

describe("a version that cannot run here", () => {
  it.each<[string, (mesh: Mesh) => Mesh, string]>([
    ["of another format", (mesh) => ({ ...mesh, format: 999 as never }), "format 999"],
    ["that is no mesh", (mesh) => ({ version: "", compiledAtMs: mesh.compiledAtMs, format: mesh.format }) as never, ""],
    [
      "that names what is not in the code",
      (mesh) => ({
        ...mesh,
        services: mesh.services.map((service) => ({
          ...service,
          loadBalancing: { ...service.loadBalancing, policy: "extension", extension: { name: "mine" } },
        })) as never,
      }),
      "mine",
    ],
  ])("(%s) is refused, and the last good one stays", async (_, change, reason) => {
    const first = await meshOf(config("/good/healthz"));
    const second = await digested(change(await meshOf(config("/bad/healthz"))));
    const { isolate, asked } = isolateOn(first, { kv: holds(second) });
    await announce(isolate, second.version, second.compiledAtMs);
    await announce(isolate, second.version, second.compiledAtMs);
    expect(asked).toEqual(["kv"]);
    expect(await statusOf(isolate, "/good/healthz")).toBe(200);
    const { mesh } = stateOf(isolate, Date.now());
    expect(mesh.refused).toMatchObject({
      version: second.version,
      kind: "run",
      reason: expect.stringContaining(reason),
    });
  });
});

describe("an isolate that starts", () => {
  const head = (mesh: Mesh) => ({ version: mesh.version, atMs: mesh.compiledAtMs });

  it("takes the version that its data centre had, when that is later than the bundled one", async () => {
    const [first, second] = [await meshOf(config("/good/healthz")), await meshOf(config("/bad/healthz"))];
    const warm = isolateOn(first, { kv: holds(second) });
    await announce(warm.isolate, second.version, second.compiledAtMs);
    const cold = isolateOn(first);
    await startFromColo(cold.isolate);
    expect([cold.asked, cold.isolate.open.mesh.version]).toEqual([[], second.version]);
  });

  it("begins with the bundled one when that is later", async () => {
    const [old, bundled] = [await meshOf(config("/good/healthz")), await meshOf(config("/bad/healthz"))];
    const { isolate } = isolateOn(bundled);
    await writeColoHead(isolate.env, head(old));
    await writeColoText(old.version, JSON.stringify(old));
    await startFromColo(isolate);
    expect(isolate.open.mesh.version).toBe(bundled.version);
  });

  it("does not take the version of another deployment", async () => {
    const [first, second] = [await meshOf(config("/good/healthz")), await meshOf(config("/bad/healthz"))];
    const other = isolateOn(await meshOf(config("/other")), { kv: holds(second) });
    await announce(other.isolate, second.version, second.compiledAtMs);
    const cold = isolateOn(first);
    await startFromColo(cold.isolate);
    expect(cold.isolate.open.mesh.version).toBe(first.version);
  });

  it.each<[string, (isolate: Isolate, second: Mesh) => Promise<void>]>([
    ["is empty", async () => {}],
    ["names no version", ({ env }) => writeColoHead(env, { version: 7, atMs: "x" } as never)],
    ["names a version whose text is gone", ({ env }, second) => writeColoHead(env, head(second))],
    [
      "has garbage for the text",
      async ({ env }, second) => {
        await writeColoHead(env, head(second));
        await writeColoText(second.version, '{"version":');
      },
    ],
  ])("begins with the bundled one when the cache %s", async (_, prepare) => {
    const [first, second] = [await meshOf(config("/good/healthz")), await meshOf(config("/bad/healthz"))];
    const { isolate } = isolateOn(first);
    await prepare(isolate, second);
    await startFromColo(isolate);
    expect(isolate.open.mesh.version).toBe(first.version);
    expect(await statusOf(isolate, "/good/healthz")).toBe(200);
  });

  it("serves without any control plane", async () => {
    const first = await meshOf(config("/good/healthz"));
    const isolate = createIsolate({ mesh: first, env: {}, region: "weur", nowMs: Date.now() });
    await startFromColo(isolate);
    await announce(isolate, "2222222222222222", first.compiledAtMs + 1);
    expect(await statusOf(isolate, "/good/healthz")).toBe(200);
    expect(stateOf(isolate, Date.now())).toMatchObject({ mesh: { source: "bundled", refused: null }, problems: [] });
  });
});
