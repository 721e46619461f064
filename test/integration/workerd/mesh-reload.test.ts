import { evictDurableObject, reset } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MESH_CONFIG_NAME } from "../../../durable-objects/mesh-config/mesh-config.ts";
import { endpointOf, meshOf, serviceOf } from "../../fixtures/meshes.ts";
import { reportOf } from "../../fixtures/report-deltas.ts";
import { describeObject, eventually, ok, refused, setClock, sync, T0 } from "./monitor-calls.ts";
import { monitorNamed, testEnv } from "./stubs.ts";

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

const put = (mesh: ReturnType<typeof meshOf>) => testEnv.MESH_CONFIG.getByName(MESH_CONFIG_NAME).put(mesh);
const next = (service: string, ids: Record<string, string>, version = "2222222222222222") =>
  meshOf(
    [
      serviceOf(
        service,
        Object.entries(ids).map(([id, origin]) => endpointOf(id, origin)),
      ),
    ],
    {
      version,
      compiledAtMs: 2_000,
    },
  );

describe("a mesh put in force while the object runs", () => {
  it("is taken over after a report that names it, and endpoints that stay keep their breakers", async () => {
    setClock(T0);
    await sync(reportOf([ok("gcp", 20), refused("aws", 20)]));
    await put(next("shop", { azure: "http://azure.invalid", aws: "http://aws.invalid", gcp: "http://moved.invalid" }));
    // The object asked when it started, and asks at most once a second.
    setClock(T0 + 1_100);
    const during = await sync(reportOf([], { seq: 2, meshVersion: "2222222222222222" }));
    expect(during.meshVersion).toBe("1111111111111111");
    await eventually(async () => (await describeObject("shop/weur")).meshVersion === "2222222222222222");
    const snapshot = await sync(reportOf([], { seq: 3 }));
    expect(snapshot).toMatchObject({ ids: ["azure", "aws", "gcp"], breaker: [0, 1, 0], reporters: 1 });
    expect(await sync(reportOf([], { seq: 3 }))).toMatchObject({ reporters: 1 });
    expect((await describeObject("shop/weur")).deliveries.duplicates).toBe(1);
  });

  it("brings a service that the bundled mesh lacks", async () => {
    await put(next("newcomer", { one: "http://one.invalid" }));
    const report = reportOf([ok("one", 1)], { service: "newcomer" });
    expect(await monitorNamed("newcomer/weur").sync(report)).toMatchObject({ ok: false, error: "unknown_service" });
    await eventually(async () => (await monitorNamed("newcomer/weur").sync(report)).ok);
    await evictDurableObject(monitorNamed("newcomer/weur"));
    await eventually(async () => (await monitorNamed("newcomer/weur").sync(report)).ok);
  });

  it("takes a service away", async () => {
    setClock(T0);
    await sync(reportOf([ok("aws", 1)]));
    await put(next("other", { one: "http://one.invalid" }));
    setClock(T0 + 1_100);
    await sync(reportOf([], { seq: 2, meshVersion: "2222222222222222" }));
    await eventually(async () => !(await monitorNamed("shop/weur").describe()).ok);
    expect(await monitorNamed("shop/weur").sync(reportOf([], { seq: 3 }))).toMatchObject({ error: "unknown_service" });
  });

  it("reaches the root through its regions", async () => {
    setClock(T0);
    await put(next("shop", { aws: "http://aws.invalid" }));
    await sync(reportOf([], { meshVersion: "2222222222222222" }));
    await eventually(async () => (await describeObject("shop/weur")).meshVersion === "2222222222222222");
    setClock(T0 + 6_000);
    await sync(reportOf([], { seq: 2, meshVersion: "2222222222222222" }));
    await eventually(async () => (await describeObject("shop/root")).meshVersion === "2222222222222222");
  });
});
