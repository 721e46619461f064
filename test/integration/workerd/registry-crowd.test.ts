/**
 * 1,000 instances that come, beat every five seconds, restart, crash and leave, at one registry that is restarted once, with its root and a regional
 * monitor, in virtual time. Restarts and crashes are drawn from a fixed seed.
 */
import { evictDurableObject, reset, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { RegistryCalls } from "../../../durable-objects/registry/replies.ts";
import type { EndpointSet } from "../../../src/core/endpoint-set.ts";
import type { SyncReply } from "../../../src/core/protocol.ts";
import { seededRng } from "../../../src/core/rng.ts";
import { reportOf } from "../../fixtures/report-deltas.ts";
import { setClock, T0 } from "./monitor-calls.ts";
import { monitorNamed, testEnv } from "./stubs.ts";

const INSTANCES = 1_000;
const TTL_MS = 15_000;
const BEAT_MS = 5_000;
/** So long, some come and go every second. */
const UNREST_S = 10;
const SECONDS = UNREST_S + TTL_MS / 1_000 + 3;

beforeEach(() => setClock(T0));

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

interface Instance {
  readonly id: string;
  /** Beats at these seconds, modulo five. */
  readonly phase: number;
  isUp: boolean;
  leftAtMs: number;
  crashedAtMs: number;
}

const object = () => testEnv.REGISTRY.getByName("crowd");
const registry = () => object() as unknown as RegistryCalls;

it("converges within one time to live, and sends nothing to who left 5 s ago", { timeout: 120_000 }, async () => {
  const rng = seededRng(11);
  const instances = Array.from({ length: INSTANCES }, (_, i): Instance => {
    return {
      id: `i${i}`,
      phase: i % 5,
      isUp: true,
      leftAtMs: Number.POSITIVE_INFINITY,
      crashedAtMs: Number.POSITIVE_INFINITY,
    };
  });
  const register = async ({ id }: Instance) => {
    const reply = await registry().register(id, { url: `https://${id}.example` });
    expect(reply.ok).toBe(true);
  };
  const inParallel = (list: readonly Instance[], each: (one: Instance) => Promise<unknown>) =>
    Promise.all(list.map(each));
  let nowMs = T0;
  let seq = 0;
  let revision = 0;
  let sets = 0;
  /** What an isolate in weur runs. */
  let running: EndpointSet | null = null;
  let worstLeftMs = 0;

  await inParallel(instances, register);
  for (let second = 1; second <= SECONDS; second++) {
    nowMs = T0 + second * 1_000;
    setClock(nowMs);
    // A hundredth of the instances crashes, leaves or restarts.
    for (const one of second <= UNREST_S ? instances.filter(() => rng() < 0.01) : []) {
      if (!one.isUp) {
        Object.assign(one, { isUp: true, leftAtMs: Number.POSITIVE_INFINITY, crashedAtMs: Number.POSITIVE_INFINITY });
        await register(one);
      } else if (rng() < 0.5) {
        Object.assign(one, { isUp: false, leftAtMs: nowMs });
        expect(await registry().deregister(one.id)).toEqual({ ok: true });
      } else {
        Object.assign(one, { isUp: false, crashedAtMs: nowMs });
      }
    }
    const beating = instances.filter((one) => one.isUp && second % (BEAT_MS / 1_000) === one.phase);
    await inParallel(beating, async ({ id }) => {
      const reply = await registry().heartbeat(id, { load: 0.5 });
      expect(reply.ok).toBe(true);
    });
    if (second === UNREST_S / 2) await evictDurableObject(object());
    await runDurableObjectAlarm(object());
    // An isolate syncs every second; the set rides on the answer when it is another one.
    const report = reportOf([], { service: "crowd", region: "weur", seq: ++seq, endpointsRevision: revision });
    const reply = (await monitorNamed("crowd/weur").sync(report)) as SyncReply;
    if (reply.ok && reply.endpoints !== undefined) {
      running = reply.endpoints;
      revision = running.revision;
      sets++;
    }
    const draining = new Set(running?.draining ?? []);
    const takes = new Set(running?.endpoints.flatMap(({ id }) => (draining.has(id) ? [] : [id])) ?? []);
    for (const { id, leftAtMs } of instances) {
      if (takes.has(id) && leftAtMs <= nowMs) worstLeftMs = Math.max(worstLeftMs, nowMs - leftAtMs);
    }
    const isConverged = () => instances.every((one) => takes.has(one.id) === one.isUp);
    // Whoever was heard just before the last crash expires one time to live after it.
    if (second > UNREST_S + TTL_MS / 1_000) expect(isConverged(), `at ${second} s`).toBe(true);
  }
  expect(instances.filter(({ isUp }) => !isUp).length).toBeGreaterThan(30);
  expect(worstLeftMs).toBeLessThanOrEqual(1_000);
  expect(sets).toBeLessThanOrEqual(SECONDS);
});
