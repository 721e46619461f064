import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSketch, recordSketch, sketchToColumns } from "../../../src/core/load/sketch.ts";
import type { ApplyReply, VersionMeta } from "../../../src/core/mesh-version.ts";
import { seededRng } from "../../../src/core/rng.ts";
import { type Row, reportOf } from "../../fixtures/report-deltas.ts";
import { accepted, applied, config, meshMarked, request } from "./config-versions.ts";
import { describeObject, eventually, ok, setClock, sync, T0 } from "./monitor-calls.ts";
import { monitorNamed } from "./stubs.ts";

const GUARD_MS = 120_000;

let nowMs = T0;
let seq = 0;
const rng = seededRng(17);

beforeEach(() => {
  nowMs = T0;
  setClock(T0);
});

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

function passTime(ms: number): void {
  nowMs += ms;
  setClock(nowMs);
}

/** Latencies of good answers, exponential around a mean. */
function sketchOf(answers: number, meanMs: number) {
  const sketch = createSketch();
  for (let i = 0; i < answers; i++) recordSketch(sketch, -meanMs * Math.log(1 - rng()));
  return sketchToColumns(sketch);
}

const mixed = (good: number, bad: number): Row => ({ ...ok("aws", good), responses5xx: bad });

async function traffic(good: number, bad: number, meanMs = 40, region: "weur" | "enam" = "weur"): Promise<void> {
  const sketches = [sketchOf(good, meanMs)];
  await sync(reportOf([mixed(good, bad)], { region, reporter: `isolate-${region}`, seq: ++seq, sketches }));
}

const head = async () => (await config().head()) as VersionMeta;
const version = async (number: number) => (await config().history({ before: number + 1, limit: 1 }))[0] as VersionMeta;

async function round(): Promise<VersionMeta> {
  expect(await runDurableObjectAlarm(config())).toBe(true);
  return head();
}

/** Version 1 in force, a region that has had good traffic under it, and version 2 guarded on top of it. */
async function guarded(): Promise<void> {
  await applied("one", 0);
  await traffic(4_000, 20);
  await eventually(async () => (await describeObject("shop/weur")).meshVersion === (await head()).digest);
  await applied("two", 1, { guardMs: GUARD_MS });
  await round();
}

describe("a guard", () => {
  it("does not call a version good that hardly an isolate runs", async () => {
    await guarded();
    for (let i = 0; i < 4; i++) {
      await traffic(1_000, 5);
      passTime(30_000);
      await sync(reportOf([mixed(10, 0)], { reporter: "isolate-left-behind", seq: ++seq, meshVersion: "another" }));
      await round();
    }
    const { guard } = await head();
    expect(guard).toMatchObject({ state: "ended" });
    expect(guard?.reason).toMatch(/^only 0 of \d isolates run it, so that this says little: success rate/);
  });

  it("lets a version pass that does no worse, and says what it saw", async () => {
    await guarded();
    expect(await head()).toMatchObject({
      version: 2,
      guard: { state: "watching", untilMs: T0 + GUARD_MS, fallback: 1 },
    });
    for (let i = 0; i < 4; i++) {
      await traffic(1_000, 5);
      passTime(30_000);
      await round();
    }
    const reason = "success rate 99.5 % before, 99.5 % after, over 4020 requests of 1 service";
    expect(await head()).toMatchObject({ version: 2, guard: { state: "passed", reason } });
    expect(await version(2)).toEqual(await head());
    expect(await runInDurableObject(config(), (_, { storage }) => storage.getAlarm())).toBeNull();
  });

  it("goes back by itself when requests fail, with the reason in the history, and monitors hear of it", async () => {
    await guarded();
    await traffic(450, 50);
    const back = await round();
    expect(back).toMatchObject({
      version: 3,
      kind: "guard-rollback",
      of: 1,
      author: "",
      digest: (await version(1)).digest,
    });
    expect(back.message).toBe("version 2 was watched: shop: success rate 90 %, 99.5 % before over 500 requests");
    expect((await version(2)).guard).toMatchObject({
      state: "rolled-back",
      reason: "shop: success rate 90 %, 99.5 % before over 500 requests",
    });
    await round();
    expect((await describeObject("shop/weur")).meshVersion).toBe(back.digest);
  });

  it("goes back when answers become slow", async () => {
    await guarded();
    await traffic(1_500, 7, 120);
    expect(await round()).toMatchObject({
      version: 3,
      kind: "guard-rollback",
      message: expect.stringMatching(/shop: p99 \d+ ms, 1\d\d ms before/),
    });
  });

  it("adds up regions, and sees one that fails among those that do not", async () => {
    await applied("one", 0);
    await traffic(2_000, 10);
    await traffic(2_000, 10, 40, "enam");
    await eventually(async () => (await describeObject("shop/enam")).meshVersion === (await head()).digest);
    await applied("two", 1, { guardMs: GUARD_MS });
    await round();
    await traffic(500, 2);
    await round();
    await traffic(300, 200, 40, "enam");
    expect(await round()).toMatchObject({ version: 3, kind: "guard-rollback" });
  });

  it("goes on with the same evidence after it was evicted, and after a monitor was", async () => {
    await guarded();
    await evictDurableObject(config());
    await traffic(1_000, 5);
    expect((await round()).guard).toMatchObject({
      state: "watching",
      reason: expect.stringContaining("1005 requests"),
    });
    await evictDurableObject(monitorNamed("shop/weur"));
    await traffic(100, 0);
    expect((await round()).guard).toMatchObject({ reason: expect.stringContaining("1105 requests") });
    await traffic(400, 100);
    expect(await round()).toMatchObject({ version: 3, kind: "guard-rollback" });
  });

  it("passes without traffic, and says that there was none", async () => {
    await applied("one", 0);
    await applied("two", 1, { guardMs: GUARD_MS });
    await round();
    passTime(GUARD_MS);
    expect((await round()).guard).toMatchObject({ state: "passed", reason: "there was no traffic to compare" });
  });

  it("is not ended by a version that brings none", async () => {
    await guarded();
    expect(await config().apply(request(await meshMarked("three"), 2))).toMatchObject({
      ok: false,
      error: "guarding",
      current: { version: 2 },
    });
    expect((await head()).guard?.state).toBe("watching");
  });

  it("is replaced by that of a version on top, which goes back to the last one that is not watched", async () => {
    await guarded();
    await traffic(200, 1);
    await round();
    await applied("three", 2, { guardMs: GUARD_MS });
    expect((await version(2)).guard).toMatchObject({
      state: "ended",
      reason: "version 3 took over, and its guard watches both",
    });
    expect(await round()).toMatchObject({ version: 3, guard: { state: "watching", fallback: 1 } });
    // Compared with the time before version 2, which is still known.
    await traffic(450, 50);
    expect(await round()).toMatchObject({
      version: 4,
      kind: "guard-rollback",
      of: 1,
      message: "version 3 was watched: shop: success rate 90 %, 99.5 % before over 500 requests",
    });
  });

  it("ends with a rollback by hand, and with a mesh that is put in force", async () => {
    await guarded();
    const back = accepted((await config().rollback({ to: 1, author: "eve", message: "" })) as ApplyReply);
    expect(back).toMatchObject({ version: 3, kind: "rollback" });
    expect((await version(2)).guard).toMatchObject({ state: "ended", reason: "rolled back to version 1" });
    await traffic(0, 500);
    expect(await round()).toEqual(back);
    await applied("four", 3, { guardMs: GUARD_MS });
    await config().put({ ...(await meshMarked("five")), compiledAtMs: nowMs + 10 });
    expect((await version(4)).guard).toMatchObject({ state: "ended" });
  });

  it("is refused where there is nothing to go back to", async () => {
    const reply = await config().apply(request(await meshMarked("one"), 0, { guardMs: GUARD_MS }));
    expect(reply).toMatchObject({ ok: false, error: "invalid_request", detail: expect.stringContaining("go back to") });
  });
});
