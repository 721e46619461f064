import { evictDurableObject, reset } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { EndpointSet } from "../../../src/core/endpoint-set.ts";
import type { Report, SyncReply } from "../../../src/core/protocol.ts";
import { endpointOf, meshOf, serviceOf } from "../../fixtures/meshes.ts";
import { reportOf } from "../../fixtures/report-deltas.ts";
import { describeObject, eventually, ok, refused, setClock, sync, T0 } from "./monitor-calls.ts";
import { monitorNamed } from "./stubs.ts";

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

const aws = endpointOf("aws", "http://aws.invalid");
const gcp = endpointOf("gcp", "http://gcp.invalid");
const found = endpointOf("found", "http://found.invalid");
const setOf = (revision: number, rest: Partial<EndpointSet> = {}): EndpointSet => ({
  revision,
  endpoints: [aws, gcp, found],
  ...rest,
});
const carry = (name: string, set: EndpointSet | null, service = "shop") =>
  monitorNamed(name).carryEndpoints({ service, set });
const ask = async (report: Report, name = "shop/weur") =>
  (await monitorNamed(name).sync(report)) as SyncReply as Extract<SyncReply, { ok: true }>;

describe("discovered endpoints", () => {
  it("are in force when they are answered, survive an eviction, and are handed to isolates that have earlier ones", async () => {
    setClock(T0);
    await sync(reportOf([ok("gcp", 20), refused("aws", 20)]));
    expect(await carry("shop/weur", setOf(5))).toMatchObject({ ok: true, revision: 5, regions: [] });
    const reply = await ask(reportOf([], { seq: 2 }));
    expect([reply.snapshot.ids, reply.snapshot.breaker, reply.endpoints]).toEqual([
      ["aws", "gcp", "found"],
      [1, 0, 0],
      setOf(5),
    ]);
    await evictDurableObject(monitorNamed("shop/weur"));
    const current = await ask(reportOf([], { seq: 3, endpointsRevision: 5 }));
    expect([current.snapshot.ids, current.endpoints]).toEqual([["aws", "gcp", "found"], undefined]);
    expect((await describeObject("shop/weur")).endpointsRevision).toBe(5);
  });

  it("are those of the newest revision, in whatever order they come", async () => {
    await carry("shop/weur", setOf(5));
    expect(await carry("shop/weur", setOf(4, { endpoints: [aws] }))).toMatchObject({ ok: true, revision: 5 });
    expect(await carry("shop/weur", setOf(6, { endpoints: [aws, gcp] }))).toMatchObject({ ok: true, revision: 6 });
    expect(await monitorNamed("shop/weur").endpoints()).toMatchObject({ revision: 6 });
  });

  it("reach a region that is new to the game through the root's row, and its shards through the region's", async () => {
    setClock(T0);
    await carry("shop/root", setOf(5));
    await sync(reportOf([ok("aws", 1)], { region: "enam" }));
    await eventually(async () => (await describeObject("shop/enam")).endpointsRevision === 5);
    const toShard = reportOf([ok("aws", 1)], { region: "enam", reporter: "other" });
    await ask(toShard, "shop/enam/shard-0");
    await eventually(async () => (await describeObject("shop/enam/shard-0")).endpointsRevision === 5);
    const reply = await ask({ ...toShard, seq: 2 }, "shop/enam/shard-0");
    expect(reply.endpoints).toEqual(setOf(5));
    expect(reply.snapshot.ids).toEqual(["aws", "gcp", "found"]);
  });

  it("that are about to leave are as if drained, at the root and in regions", async () => {
    setClock(T0);
    await carry("shop/weur", setOf(5, { draining: ["found"] }));
    expect((await sync(reportOf([]))).health).toEqual([0, 0, 4]);
    const { endpoints } = await describeObject("shop/weur");
    expect(endpoints[2]!.told).toMatchObject({ health: 4, leaving: true, overrides: [] });
  });

  it("fall under what operators said of their cloud before", async () => {
    setClock(T0);
    await monitorNamed("shop/weur").operate({ target: { cloud: "found" }, action: "drain" });
    await carry("shop/weur", setOf(5));
    expect((await sync(reportOf([]))).health).toEqual([0, 0, 4]);
  });

  it("are refused whole when one of them is none, and when they are of another service", async () => {
    const bad = { ...found, origin: "file:///etc" };
    expect(await carry("shop/weur", setOf(5, { endpoints: [aws, bad] }))).toMatchObject({ error: "invalid_set" });
    expect(await carry("shop/weur", setOf(5, { endpoints: [] }))).toMatchObject({ error: "invalid_set" });
    expect(await carry("shop/weur", setOf(5), "other")).toMatchObject({ ok: false });
    const huge = Array.from({ length: 1_000 }, (_, i) =>
      endpointOf(`e${i}`, "http://a.invalid", { labels: { text: "x".repeat(1_000) } }),
    );
    expect(await carry("shop/weur", setOf(5, { endpoints: huge }))).toMatchObject({ error: "invalid_set" });
    expect(await monitorNamed("shop/weur").endpoints()).toBeNull();
  });
});

describe("a mesh that is pushed", () => {
  const discovery = {
    registration: null,
    dns: [],
    kubernetes: [],
    minEndpoints: 1,
    maxRemovalPercent: 50,
    removalWindowMs: 60_000,
    drainMs: 10_000,
    damping: { flaps: 0, halfLifeMs: 60_000 },
    subsets: [],
  };
  const meshAt = (compiledAtMs: number, isDiscovered: boolean) =>
    meshOf([serviceOf("shop", [aws, gcp], isDiscovered ? { discovery } : {})], {
      version: `${compiledAtMs}`.padStart(16, "0"),
      compiledAtMs,
    });
  const push = (name: string, mesh: ReturnType<typeof meshOf>) => monitorNamed(name).meshChanged(mesh);

  it("is in force when it is answered, is kept through an eviction, and keeps the endpoints", async () => {
    await carry("shop/weur", setOf(5));
    expect(await push("shop/weur", meshAt(5_000, true))).toMatchObject({ ok: true, compiledAtMs: 5_000 });
    expect(await describeObject("shop/weur")).toMatchObject({ meshVersion: "0000000000005000", endpointsRevision: 5 });
    await evictDurableObject(monitorNamed("shop/weur"));
    expect(await sync(reportOf([]))).toMatchObject({ meshVersion: "0000000000005000", meshAtMs: 5_000 });
  });

  it("changes nothing when it is older, or not a mesh", async () => {
    await push("shop/weur", meshAt(5_000, false));
    expect(await push("shop/weur", meshAt(4_000, false))).toMatchObject({ ok: true, compiledAtMs: 5_000 });
    expect(await push("shop/weur", { format: 1 } as never)).toMatchObject({ ok: false, error: "invalid_mesh" });
  });

  it("ends discovery: the mesh's own endpoints are in force again", async () => {
    await push("shop/weur", meshAt(5_000, true));
    await carry("shop/weur", setOf(5));
    expect((await sync(reportOf([]))).ids).toEqual(["aws", "gcp", "found"]);
    await push("shop/weur", meshAt(6_000, false));
    expect((await sync(reportOf([], { seq: 2 }))).ids).toEqual(["aws", "gcp"]);
    await evictDurableObject(monitorNamed("shop/weur"));
    expect(await monitorNamed("shop/weur").endpoints()).toBeNull();
  });

  it("is asked for by a shard at its region", async () => {
    await push("shop/weur", meshAt(5_000, false));
    await ask(reportOf([ok("aws", 1)]), "shop/weur/shard-1");
    await eventually(async () => (await describeObject("shop/weur/shard-1")).meshVersion === "0000000000005000");
  });
});

describe("totals", () => {
  it("are what a region counted since its life began, and nothing at the root", async () => {
    setClock(T0);
    await sync(reportOf([ok("aws", 3, 20), refused("gcp", 2)]));
    await eventually(async () => (await describeObject("shop/root")).regions === 1);
    const counted = await monitorNamed("shop/weur").totals();
    expect(counted).toMatchObject({
      ok: true,
      totals: { requests: 5, sum: { ok: 3, connectFailures: 2 }, endpoints: [{ id: "aws", ok: 3 }, { id: "gcp" }] },
    });
    expect(await monitorNamed("shop/root").totals()).toMatchObject({ ok: true, regions: ["weur"], totals: null });
    await evictDurableObject(monitorNamed("shop/weur"));
    const anew = await monitorNamed("shop/weur").totals();
    expect(anew).toMatchObject({ ok: true, totals: { requests: 0, endpoints: [] } });
    const lifeOf = (reply: typeof anew) => (reply.ok ? reply.totals?.life : "");
    expect(lifeOf(anew)).not.toBe(lifeOf(counted));
  });
});
