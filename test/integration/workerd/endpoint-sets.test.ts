import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { EndpointSet } from "../../../src/core/endpoint-set.ts";
import type { Mesh, ServiceDiscovery } from "../../../src/core/mesh.ts";
import type { Report, SyncReply } from "../../../src/core/protocol.ts";
import { mayHoldSession, onAttemptEnd, onAttemptStart } from "../../../src/core/service-state.ts";
import type { Environment } from "../../../src/edge/environment.ts";
import { handleRequest } from "../../../src/edge/handle.ts";
import { createIsolate, type Isolate, swapMesh } from "../../../src/edge/isolate.ts";
import { stateOf } from "../../../src/edge/state.ts";
import { sync, warmUp } from "../../../src/edge/sync.ts";
import { endpointOf, meshOf, serviceOf } from "../../fixtures/meshes.ts";
import { meshOf as compiled } from "../harness/configs.ts";
import { snapshotFor } from "./snapshots.ts";
import { testEnv } from "./stubs.ts";

const DISCOVERY: ServiceDiscovery = {
  registration: null,
  dns: [],
  kubernetes: [],
  minEndpoints: 1,
  maxRemovalPercent: 50,
  removalWindowMs: 60_000,
  drainMs: 30_000,
  damping: { flaps: 0, halfLifeMs: 60_000 },
  subsets: [{ service: "part", labels: {} }],
};

const a = endpointOf("a", "http://a.invalid");
const b = endpointOf("b", "http://b.invalid");
const c = endpointOf("c", "http://c.invalid");

function meshWith(rest: Partial<Mesh> = {}, discovery: ServiceDiscovery | null = DISCOVERY): Mesh {
  const shop = serviceOf("shop", [a], discovery === null ? {} : { discovery });
  return meshOf([shop, serviceOf("part", [a]), serviceOf("other", [a])], rest);
}

let deployments = 0;

/** An isolate whose object answers with the endpoints that it is told to. */
function isolateOn(given: { mesh?: Mesh; deployment?: string; env?: Environment } = {}) {
  const { mesh = meshWith(), deployment = `deployment ${++deployments}` } = given;
  const reports: Report[] = [];
  const says = { endpoints: undefined as unknown, isDown: false, ids: ["a"] as readonly string[], health: [1] };
  const monitor = {
    sync: async (report: Report): Promise<SyncReply> => {
      reports.push(report);
      if (says.isDown) throw new Error("broken by the test");
      const health = says.ids.map((_, at) => (says.health[at] ?? 1) as 1 | 4);
      const snapshot = snapshotFor(report.service, says.ids, { health, meshVersion: mesh.version });
      return { ok: true, snapshot, ...(says.endpoints !== undefined && { endpoints: says.endpoints as EndpointSet }) };
    },
  };
  const env: Environment = {
    ...given.env,
    SERVICE_MONITOR: { getByName: () => monitor, idFromName: (name) => `${deployment} ${name}` },
  };
  const isolate: Isolate = { ...createIsolate({ mesh, env, region: "weur", nowMs: Date.now() }), rng: () => 0 };
  return { isolate, says, reports };
}

async function exchange(isolate: Isolate, index = 0): Promise<void> {
  const ctx = createExecutionContext();
  await sync(isolate, isolate.open.services[index]!, ctx);
  await waitOnExecutionContext(ctx);
}

const shopOf = (isolate: Isolate) => stateOf(isolate, Date.now()).services[0]!;
const idsOf = (isolate: Isolate, index = 0) =>
  isolate.open.services[index]!.state.service.endpoints.map(({ id }) => id);
const setOf = (revision: number, ...endpoints: EndpointSet["endpoints"]): EndpointSet => ({ revision, endpoints });
const OK = { outcome: "ok", status: 200, latencyMs: 5, isRetry: false, isHedge: false, retryAfterMs: 0 } as const;

describe("a session over a change of the endpoints", () => {
  async function ask(isolate: Isolate, cookie = ""): Promise<Headers> {
    const ctx = createExecutionContext();
    const request = new Request("http://shop.test/healthz", { headers: cookie === "" ? {} : { cookie } });
    const response = await handleRequest(request, request.url, isolate, ctx);
    await response.body?.cancel();
    expect(response.status).toBe(200);
    return response.headers;
  }

  it("stays at its endpoint, and goes elsewhere when that one left", async () => {
    const [good, bad] = ["good", "bad"].map((id) => endpointOf(id, testEnv.ORIGIN, { basePath: `/${id}` }));
    const mesh = await compiled(`
services:
  shop: { endpoints: [{ id: good, url: "${testEnv.ORIGIN}/good" }], discovery: { registration: {} } }
routes: [{ rules: [{ sessionPersistence: { sessionName: s }, backendRefs: [{ service: shop }] }] }]`);
    const { isolate, says } = isolateOn({ mesh, env: { HEDDLE_DEV: "1", HEDDLE_SESSION_KEY: "k".repeat(32) } });
    const first = await ask(isolate);
    expect([first.get("x-heddle-endpoint"), first.get("x-heddle-session")]).toEqual(["good", "new"]);
    const cookie = first.get("set-cookie")!.split(";")[0]!;
    says.endpoints = setOf(7, bad!, { ...bad!, id: "worse" }, good!);
    says.ids = ["bad", "worse", "good"];
    await exchange(isolate);
    for (let i = 0; i < 20; i++) {
      const kept = await ask(isolate, cookie);
      expect([kept.get("x-heddle-endpoint"), kept.get("x-heddle-session")]).toEqual(["good", "kept"]);
    }
    swapMesh(isolate, { ...mesh, services: mesh.services.map((one) => ({ ...one, endpoints: [bad!] })) }, Date.now());
    says.endpoints = setOf(8, bad!);
    says.ids = ["bad"];
    await exchange(isolate);
    const moved = await ask(isolate, cookie);
    expect([moved.get("x-heddle-endpoint"), moved.get("x-heddle-session")]).toEqual(["bad", "new"]);
  });
});

describe("endpoints that were discovered", () => {
  it("take the place of the service's, and the next report says which they are", async () => {
    const { isolate, says, reports } = isolateOn();
    says.endpoints = setOf(7, b, a);
    says.ids = ["b", "a"];
    await exchange(isolate);
    await exchange(isolate);
    expect(idsOf(isolate)).toEqual(["b", "a"]);
    expect(reports.map(({ endpointsRevision, seq }) => [endpointsRevision, seq])).toEqual([
      [undefined, 1],
      [7, 2],
    ]);
    expect(shopOf(isolate)).toMatchObject({
      endpointSet: { revision: 7, source: "object" },
      snapshotAgeMs: expect.any(Number),
    });
    expect(isolate.open.services[0]!.warm).toBe(true);
    expect(idsOf(isolate, 2)).toEqual(["a"]);
  });

  it("leave requests in flight where they are, and their outcomes are reported once", async () => {
    const { isolate, says, reports } = isolateOn();
    const before = isolate.open;
    const { state } = before.services[0]!;
    onAttemptStart(state, 0, Date.now());
    says.endpoints = setOf(7, b, a);
    await exchange(isolate);
    expect(before.services[0]!.state).toBe(state);
    expect([...isolate.open.services[0]!.state.columns.ownInFlight]).toEqual([0, 1]);
    onAttemptEnd(state, 0, { ...OK, nowMs: Date.now() }, null);
    expect([...isolate.open.services[0]!.state.columns.ownInFlight]).toEqual([0, 0]);
    await exchange(isolate);
    await exchange(isolate);
    expect(reports.map(({ ids, ok }) => [ids, ok])).toEqual([
      [["a"], [0]],
      [["a"], [1]],
      [[], []],
    ]);
  });

  it("stay over a change of the mesh, and go when the mesh says that nothing is discovered any more", async () => {
    const { isolate, says } = isolateOn();
    says.endpoints = setOf(7, b, a);
    await exchange(isolate);
    swapMesh(isolate, meshWith({ version: "2222222222222222" }), Date.now());
    expect([idsOf(isolate), shopOf(isolate).endpointSet.revision]).toEqual([["b", "a"], 7]);
    swapMesh(isolate, meshWith({ version: "3333333333333333" }, null), Date.now());
    expect([idsOf(isolate), shopOf(isolate).endpointSet.revision]).toEqual([["a"], 0]);
  });

  it("are those of a part of a discovered service too, and of no other service", async () => {
    const { isolate, says } = isolateOn();
    says.endpoints = setOf(7, b);
    await exchange(isolate, 1);
    await exchange(isolate, 2);
    expect([idsOf(isolate, 1), idsOf(isolate, 2)]).toEqual([["b", "a"], ["a"]]);
  });

  it("are not replaced by earlier ones", async () => {
    const { isolate, says } = isolateOn();
    says.endpoints = setOf(7, a, b);
    await exchange(isolate);
    says.endpoints = setOf(6, a, c);
    await exchange(isolate);
    expect(idsOf(isolate)).toEqual(["a", "b"]);
  });

  it.each<[string, unknown]>([
    ["nothing", { revision: 8, endpoints: [] }],
    ["garbage", { revision: 8, endpoints: [{ id: "x", origin: "javascript:alert(1)" }] }],
    ["no list", { revision: 8 }],
    ["null", null],
    ["a text", "endpoints"],
  ])("stay when an object sends %s", async (_, value) => {
    const { isolate, says } = isolateOn();
    says.endpoints = setOf(7, a, b);
    await exchange(isolate);
    says.endpoints = value;
    await exchange(isolate);
    expect(idsOf(isolate)).toEqual(["a", "b"]);
    const isTold = stateOf(isolate, Date.now()).problems.some((problem) => problem.includes("endpoints 8 of shop"));
    expect(isTold).toBe((value as { revision?: number } | null)?.revision === 8);
  });

  it("keep sessions at an endpoint that drains, which gets nothing new", async () => {
    const { isolate, says } = isolateOn();
    says.endpoints = { ...setOf(7, a, b), draining: ["b"] };
    says.ids = ["a", "b"];
    says.health = [1, 4];
    await exchange(isolate);
    const { state } = isolate.open.services[0]!;
    expect(mayHoldSession(state, 1, Date.now())).toBe(true);
    expect(shopOf(isolate).endpoints.map(({ id, probability }) => [id, probability])).toEqual([
      ["a", 1],
      ["b", 0],
    ]);
  });

  it("are found by a cold isolate of the data centre whose object is down", async () => {
    const deployment = "the same one";
    const warm = isolateOn({ deployment });
    warm.says.endpoints = setOf(9, b, c);
    await exchange(warm.isolate);
    const cold = isolateOn({ deployment });
    cold.says.isDown = true;
    const ctx = createExecutionContext();
    const runtime = await warmUp(cold.isolate, cold.isolate.open.services[0]!, ctx);
    await waitOnExecutionContext(ctx);
    expect(idsOf(cold.isolate)).toEqual(["b", "c", "a"]);
    expect(shopOf(cold.isolate).endpointSet).toEqual({ revision: 9, source: "colo" });
    expect(runtime.sync).toBe(cold.isolate.open.services[0]!.sync);
    const stranger = isolateOn();
    stranger.says.isDown = true;
    await exchange(stranger.isolate);
    expect(idsOf(stranger.isolate)).toEqual(["a"]);
  });
});
