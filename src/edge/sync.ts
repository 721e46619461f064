/**
 * The exchange with a service's Durable Object: one call carries what this isolate saw and brings back what all of them
 * know. It runs in `waitUntil`, so no request waits for it and a cancelled request does not end it. One call at a time
 * per service; a slot that has not come back for long enough is taken for dead. Stubs are made anew for every call.
 *
 * When the object does not answer, the last snapshot stays in force and the report is kept and sent again under its own
 * number. A report too old to be evidence is dropped.
 */
import { PROTOCOL_VERSION, type Report } from "../core/protocol.ts";
import { applySnapshot, syncDelayMs, takeReport } from "../core/service-state.ts";
import { readColoSnapshot, writeColoSnapshot } from "./colo-cache.ts";
import type { Isolate, ServiceRuntime } from "./isolate.ts";
import { refreshMesh } from "./mesh-refresh.ts";

/** A call without an answer for so long no longer keeps others from being made, ms. */
const LOST_MS = 8_000;
/** A report that could not be delivered for so long is no evidence of anything any more, ms. */
const EXPIRED_MS = 10_000;
/** The interval is never stretched beyond this factor for an overloaded object. */
const MAX_SLOWDOWN = 16;

export type Occasion = "request" | "result" | "failure";

/** Starts what is due: nothing (almost always), a call now, or a call a little later. Never throws, never waits. */
export function syncIfDue(
  isolate: Isolate,
  service: ServiceRuntime,
  nowMs: number,
  why: Occasion,
  ctx: ExecutionContext,
): void {
  const delayMs = syncDelayMs(service.state, nowMs, why);
  if (delayMs < 0 || isolate.env.SERVICE_MONITOR === undefined) return;
  const slot = service.sync;
  if (delayMs === 0 && slot.slowdown === 1) {
    if (isFree(service, nowMs)) ctx.waitUntil(sync(isolate, service, ctx));
    return;
  }
  if (slot.deferredUntilMs > nowMs) return;
  const waitMs = Math.max(delayMs, slot.slowdown > 1 ? 1_000 : 0) * slot.slowdown;
  slot.deferredUntilMs = nowMs + waitMs + 500;
  ctx.waitUntil(syncLater(isolate, service, waitMs, ctx));
}

/**
 * Waits for a first snapshot, at most `coldWaitMs` and on a timer of this request's own, so that nobody hangs on a call
 * that belongs to another request.
 */
export async function warmUp(isolate: Isolate, service: ServiceRuntime, ctx: ExecutionContext): Promise<void> {
  const waitMs = isolate.open.mesh.edge.coldWaitMs;
  if (isolate.env.SERVICE_MONITOR !== undefined && waitMs > 0) {
    const nowMs = Date.now();
    const polling = pollUntilWarm(service, nowMs + waitMs);
    if (isFree(service, nowMs)) ctx.waitUntil(sync(isolate, service, ctx));
    await polling;
  }
  service.warm = true;
}

async function pollUntilWarm(service: ServiceRuntime, untilMs: number): Promise<void> {
  while (!service.warm && Date.now() < untilMs) await scheduler.wait(2);
}

async function syncLater(
  isolate: Isolate,
  service: ServiceRuntime,
  waitMs: number,
  ctx: ExecutionContext,
): Promise<void> {
  await scheduler.wait(waitMs);
  service.sync.deferredUntilMs = 0;
  if (isFree(service, Date.now())) await sync(isolate, service, ctx);
}

function isFree(service: ServiceRuntime, nowMs: number): boolean {
  return service.sync.callingSinceMs === 0 || nowMs - service.sync.callingSinceMs > LOST_MS;
}

/** One exchange. Never rejects. */
export async function sync(isolate: Isolate, service: ServiceRuntime, ctx: ExecutionContext): Promise<void> {
  const slot = service.sync;
  const sinceMs = Date.now();
  slot.callingSinceMs = sinceMs;
  slot.calls += 1;
  try {
    const shared = service.warm ? null : await readColoSnapshot(isolate, service);
    if (shared !== null) accept(service, shared);
    await exchange(isolate, service, sinceMs, ctx);
    slot.slowdown = 1;
  } catch (error) {
    slot.failures += 1;
    slot.lastError = error instanceof Error ? error.message : String(error);
    if ((error as { overloaded?: boolean }).overloaded === true)
      slot.slowdown = Math.min(MAX_SLOWDOWN, slot.slowdown * 2);
  } finally {
    if (slot.callingSinceMs === sinceMs) slot.callingSinceMs = 0;
  }
}

async function exchange(
  isolate: Isolate,
  service: ServiceRuntime,
  nowMs: number,
  ctx: ExecutionContext,
): Promise<void> {
  const slot = service.sync;
  const { name } = service.state.service;
  const monitor = isolate.env.SERVICE_MONITOR!.getByName(`${name}/${isolate.region}`, { locationHint: isolate.region });
  if (slot.unsent !== null && nowMs - slot.unsentSinceMs > EXPIRED_MS) slot.unsent = null;
  const report = slot.unsent ?? nextReport(isolate, service, nowMs);
  slot.unsent = report;
  const reply = await monitor.sync(report);
  slot.unsent = null;
  if (!reply.ok) {
    slot.failures += 1;
    slot.lastError = `${reply.error}: ${reply.detail}`;
    return;
  }
  accept(service, reply.snapshot);
  writeColoSnapshot(isolate, service, reply.snapshot, ctx);
  if (reply.snapshot.meshVersion !== isolate.open.mesh.version) await refreshMesh(isolate);
}

function accept(service: ServiceRuntime, snapshot: Parameters<typeof applySnapshot>[1]): void {
  applySnapshot(service.state, snapshot, Date.now());
  service.warm = true;
}

function nextReport(isolate: Isolate, service: ServiceRuntime, nowMs: number): Report {
  service.sync.seq += 1;
  service.sync.unsentSinceMs = nowMs;
  return {
    v: PROTOCOL_VERSION,
    service: service.state.service.name,
    meshVersion: isolate.open.mesh.version,
    region: isolate.region,
    reporter: isolate.reporter,
    seq: service.sync.seq,
    ...takeReport(service.state, nowMs),
  };
}
