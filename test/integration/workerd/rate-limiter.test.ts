import {
  abortAllDurableObjects,
  createExecutionContext,
  evictDurableObject,
  reset,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import bundled from "heddle:mesh";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MESH_CONFIG_NAME } from "../../../durable-objects/mesh-config/mesh-config.ts";
import type { LimiterDescription } from "../../../durable-objects/rate-limiter/rate-limiter.ts";
import { limiterName, shardOfKey } from "../../../src/core/rate-limit/lease/shard.ts";
import type { LeaseAsk, LeaseCall, LeaseReply } from "../../../src/core/rate-limit/lease/wire.ts";
import { seededRng } from "../../../src/core/rng.ts";
import type { RateLimiterCalls } from "../../../src/edge/environment.ts";
import {
  createGlobalLimits,
  type GlobalLimits,
  takeGlobal,
} from "../../../src/edge/rate-limit/global/global-limits.ts";
import { testEnv } from "./stubs.ts";

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

const limitNamed = (name: string) => bundled.rateLimits!.find((limit) => limit.name === name)!;
const objectOf = (limit: string, key = ownKey) => testEnv.RATE_LIMITER.getByName(limiterName(limit, shardOfKey(key)));

let seq = 0;
/** Isolates of a test go on reporting for seconds after it: each test has a key of its own, and isolates with names of their own. */
let tests = 0;
let ownKey = "";
beforeEach(() => {
  ownKey = `of-test-${++tests}`;
});
function callOf(limit: string, ask: Partial<LeaseAsk>, more: Partial<LeaseCall> = {}): LeaseCall {
  const whole = { key: ownKey, session: 1, granted: 0, used: 0, returned: 0, need: 0, want: 0, ...ask };
  return { reporter: "a", seq: ++seq, limit, meshAtMs: bundled.compiledAtMs, asks: [whole], ...more };
}
async function lease(limit: string, ask: Partial<LeaseAsk>, more: Partial<LeaseCall> = {}): Promise<LeaseReply> {
  return (await objectOf(limit, ask.key).lease(callOf(limit, ask, more))) as LeaseReply;
}
async function knownOf(limit: string, key = ownKey): Promise<NonNullable<LimiterDescription["key"]>> {
  const description = (await objectOf(limit, key).describe({ key })) as LimiterDescription;
  return description.key!;
}

const env = { RATE_LIMITER: testEnv.RATE_LIMITER as unknown as { getByName(name: string): RateLimiterCalls } };
const isolateOf = (reporter: string, given: Pick<typeof env, never> & Partial<typeof env> = env): GlobalLimits =>
  createGlobalLimits(given, { reporter: `${reporter}-${tests}`, rng: seededRng(1), meshAtMs: bundled.compiledAtMs });

function keyOfAnotherShard(): string {
  return ["u", "v", "w", "x"].find((key) => shardOfKey(key) !== shardOfKey(ownKey))!;
}

describe("the object", () => {
  it("lends from the limit that the mesh defines, and from no other", async () => {
    expect(await lease("monthly", { want: 100 })).toMatchObject({
      ok: true,
      limit: 1_000,
      answers: [{ granted: 100 }],
    });
    expect(await knownOf("monthly")).toMatchObject({ limit: 1_000, used: 0, outstanding: 100, left: 900, holders: 1 });
    for (const name of ["nobody", "alone"]) {
      expect(await lease(name, { want: 1 })).toMatchObject({ ok: false, error: "unknown_limit" });
    }
  });

  it.each<[string, () => Partial<LeaseCall>]>([
    ["another limit", () => ({ limit: "few" })],
    ["a key of another shard", () => ({ asks: [callOf("monthly", { key: keyOfAnotherShard() }).asks[0]!] })],
    ["negative use", () => ({ asks: callOf("monthly", { used: -5 }).asks })],
    ["no number", () => ({ asks: callOf("monthly", { want: Number.NaN }).asks })],
  ])("refuses a call about %s whole", async (_, more) => {
    expect(await lease("monthly", {}, more())).toMatchObject({ ok: false, error: "invalid_call" });
    expect(((await objectOf("monthly").describe()) as LimiterDescription).keys).toBe(0);
  });

  it("lends no more than the limit to a caller who lies about everything", async () => {
    let lent = 0;
    for (let i = 0; i < 60; i++) {
      const lie = { session: i, granted: 1e15, used: 0, returned: 1e15, need: 1, want: 1e15 };
      const reply = await lease("few", lie, { reporter: `liar-${i % 7}` });
      if (reply.ok) lent += Math.max(0, reply.answers[0]!.granted - 1e15);
    }
    expect(lent).toBeLessThanOrEqual(20);
    expect((await knownOf("few")).left).toBeGreaterThanOrEqual(0);
  });
});

describe("an eviction", () => {
  it("forgets nothing that was lent of a small quota, and lends it to nobody else", async () => {
    await lease("few", { want: 8, used: 5 });
    await evictDurableObject(objectOf("few"));
    await lease("few", { session: 1 }, { reporter: "b" });
    // 8 of the 15 that were left: more than half of them is never lent to one who wants more than he needs.
    expect(await knownOf("few")).toMatchObject({ limit: 20, used: 5, outstanding: 7, left: 8 });
  });

  it("forgets nothing of a larger one, since it waits until all is written", async () => {
    await lease("monthly", { used: 15 });
    await evictDurableObject(objectOf("monthly"));
    await lease("monthly", { session: 1 }, { reporter: "b" });
    expect((await knownOf("monthly")).used).toBe(15);
  });

  it("forgets windows that are over sooner than an idle object is evicted: they are not written", async () => {
    await lease("short", { used: 60 });
    expect(await rowsOf("short")).toEqual([]);
    await evictDurableObject(objectOf("short"));
    await lease("short", { session: 1 }, { reporter: "b" });
    expect((await knownOf("short")).used).toBe(0);
  });

  it("leaves rows that are deleted when nothing in them counts any more", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 21, 12) });
    await lease("few", { used: 5 });
    expect(await rowsOf("few")).toHaveLength(1);
    vi.setSystemTime(Date.UTC(2026, 10, 22, 12));
    await runInDurableObject(objectOf("few"), (object) => object.alarm());
    expect(await rowsOf("few")).toEqual([]);
  });
});

describe("a crash", () => {
  it("forgets at most a 64th of what was lent of a quota", async () => {
    await lease("monthly", { used: 15 });
    await abortAllDurableObjects();
    await lease("monthly", { session: 1 }, { reporter: "b" });
    const kept = (await knownOf("monthly")).used;
    // 0, unless the machine stood still for the five seconds after which all is written.
    expect([0, 15]).toContain(kept);
    await lease("monthly", { used: 16 }, { reporter: "c" });
    await abortAllDurableObjects();
    await lease("monthly", { session: 1 }, { reporter: "b" });
    expect((await knownOf("monthly")).used).toBe(kept + 16);
  });

  it("forgets nothing that was lent five seconds before", async () => {
    await lease("monthly", { used: 10 });
    await expect.poll(() => rowsOf("monthly"), { timeout: 30_000, interval: 200 }).toHaveLength(1);
    await abortAllDurableObjects();
    await lease("monthly", { session: 1 }, { reporter: "b" });
    expect((await knownOf("monthly")).used).toBe(10);
  });
});

async function rowsOf(limit: string): Promise<readonly { readonly meter: { readonly used: number } }[]> {
  return runInDurableObject(objectOf(limit), (_, { storage }) => {
    const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'usage'").toArray();
    if (tables.length === 0) return [];
    return storage.sql
      .exec<{ data: string }>("SELECT data FROM usage")
      .toArray()
      .map(({ data }) => JSON.parse(data));
  });
}

describe("a later mesh", () => {
  it("is asked for when an isolate runs it, and its definition holds for what is used already", async () => {
    await lease("few", { used: 15 });
    const compiledAtMs = bundled.compiledAtMs + 1_000;
    const counting = { type: "quota", limit: 16, period: "day" } as const;
    const rateLimits = bundled.rateLimits!.map((limit) => (limit.name === "few" ? { ...limit, counting } : limit));
    const later = { ...bundled, version: "later", compiledAtMs, rateLimits };
    const put = await testEnv.MESH_CONFIG.getByName(MESH_CONFIG_NAME).put(later);
    expect(put).toMatchObject({ ok: true });
    const meshAtMs = Date.now() + 60_000;
    expect(await lease("few", { want: 10 }, { reporter: "b", meshAtMs })).toMatchObject({ ok: true, limit: 16 });
    expect(await knownOf("few")).toMatchObject({ limit: 16, used: 15 });
    // An isolate that still runs the earlier one changes nothing.
    expect(await lease("few", {}, { reporter: "c", meshAtMs: 0 })).toMatchObject({ limit: 16 });
  });
});

describe("isolates that share a limit", () => {
  /** One request after the other at each isolate in turn, as fast as they are answered. */
  async function spend(name: string, isolates: readonly GlobalLimits[], requests: number) {
    const contexts: ExecutionContext[] = [];
    const limit = limitNamed(name);
    const said = { allowed: 0, denied: 0, degraded: 0 };
    const one = async (isolate: GlobalLimits) => {
      const ctx = createExecutionContext();
      contexts.push(ctx);
      const verdict = await takeGlobal(isolate, { limit, key: ownKey, cost: 1, nowMs: Date.now(), ctx });
      said[verdict.isDegraded ? "degraded" : verdict.allowed ? "allowed" : "denied"]++;
    };
    await Promise.all(
      isolates.map(async (isolate) => {
        for (let i = 0; i < requests; i++) {
          await one(isolate);
          if (i % 10 === 9) await scheduler.wait(5);
        }
      }),
    );
    return said;
  }

  /**
   * The same, by new isolates and with a key of its own, until the object was there for every request: where the machine
   * stands still for longer than a request waits, requests are decided without it, and that is another claim.
   */
  async function spendAided(name: string, reporters: readonly string[], requests: number) {
    for (let run = 0; ; run++) {
      ownKey = `of-test-${tests}-${run}`;
      const isolates = reporters.map((reporter) => isolateOf(`${reporter}${run}`));
      const said = await spend(name, isolates, requests);
      if (said.degraded === 0 || run === 4) return { said, counts: isolates.map(({ counts }) => counts) };
    }
  }

  it("together use an exact limit up and nothing more", async () => {
    const { said } = await spendAided("few", ["a", "b", "c", "d"], 100);
    expect(said).toEqual({ allowed: 20, denied: 380, degraded: 0 });
    expect(await knownOf("few")).toMatchObject({ used: expect.any(Number), left: 0 });
  });

  it("let one request each pass too many at most, where it is not exact", async () => {
    const { said, counts } = await spendAided("monthly", ["a", "b", "c", "d", "e"], 600);
    expect(said.degraded).toBe(0);
    expect(said.allowed).toBeGreaterThanOrEqual(990);
    expect(said.allowed).toBeLessThanOrEqual(1_000 + counts.length);
  });

  it("decide nearly all requests by themselves, at once", async () => {
    const { counts } = await spendAided("monthly", ["a"], 900);
    const { calls, waited, ahead } = counts[0]!;
    expect(calls).toBeLessThan(45);
    expect(waited + ahead).toBeLessThan(90);
  });

  it("give back what they do not need, though no request comes", async () => {
    const { said } = await spendAided("short", ["a"], 40);
    await expect.poll(() => knownOf("short").then(({ outstanding }) => outstanding)).toBe(0);
    expect(said.allowed).toBe(40);
  });
});

describe("an object that cannot be asked", () => {
  const failing = { RATE_LIMITER: { getByName: () => ({ lease: () => Promise.reject(new Error("gone")) }) } };
  const silent = { RATE_LIMITER: { getByName: () => ({ lease: () => new Promise<never>(() => {}) }) } };

  async function take(isolate: GlobalLimits, more: object = {}) {
    const ctx = createExecutionContext();
    const limit = { ...limitNamed("few"), ...more };
    const verdict = await takeGlobal(isolate, { limit, key: ownKey, cost: 1, nowMs: Date.now(), ctx });
    return { ...verdict, ctx };
  }

  it.each([
    ["fails", failing],
    ["is not bound", {}],
  ])("%s: open counts the whole limit here, closed refuses", async (_, given) => {
    const open = isolateOf("a", given);
    const verdicts = [];
    for (let i = 0; i < 21; i++) verdicts.push(await take(open));
    expect(verdicts.map(({ allowed }) => allowed)).toEqual([...Array.from({ length: 20 }, () => true), false]);
    expect(verdicts.every(({ isDegraded }) => isDegraded)).toBe(true);
    const closed = await take(isolateOf("b", given), { onFailure: "closed" });
    expect(closed).toMatchObject({ allowed: false, isDegraded: true, retryAfterMs: 1_000 });
  });

  it("that is silent keeps a request for half a second", async () => {
    // It comes between two timers of ours, whose order no busy machine changes.
    let isEarly = true;
    const timers = new AbortController();
    const { signal } = timers;
    void scheduler.wait(450, { signal }).then(
      () => {
        isEarly = false;
      },
      () => {},
    );
    const tooLate = scheduler.wait(5_000, { signal }).catch(() => {});
    const verdict = await Promise.race([take(isolateOf("a", silent), { onFailure: "closed" }), tooLate]);
    expect(verdict).toMatchObject({ allowed: false, isDegraded: true });
    expect(isEarly).toBe(false);
    timers.abort();
  });

  it("hears, when it is back, of what passed without it", async () => {
    let isGone = true;
    const back = {
      RATE_LIMITER: {
        getByName: (name: string) => ({
          lease: (call: LeaseCall) =>
            isGone ? Promise.reject(new Error("gone")) : env.RATE_LIMITER.getByName(name).lease(call),
        }),
      },
    };
    const isolate = isolateOf("a", back);
    for (let i = 0; i < 12; i++) await take(isolate);
    isGone = false;
    await expect
      .poll(
        async () => {
          const { ctx } = await take(isolate);
          await Promise.race([waitOnExecutionContext(ctx), scheduler.wait(200)]);
          return isolate.counts.calls > isolate.counts.failures;
        },
        { timeout: 60_000, interval: 300 },
      )
      .toBe(true);
    await expect.poll(() => knownOf("few").then(({ used }) => used)).toBeGreaterThanOrEqual(12);
  });
});
