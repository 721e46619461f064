/**
 * The exchange with a service's Durable Object: one call carries what this isolate saw and brings back what all of them
 * know. It runs in `waitUntil`, so no request waits for it and a cancelled request does not end it. One call at a time
 * per service; a slot that has not come back for long enough is taken for dead. Stubs are made anew for every call.
 *
 * When the object does not answer, the last snapshot stays in force and the report is kept and sent again under its own
 * number. A report too old to be evidence is dropped.
 */
import { monitorName, shardOf } from "../core/monitor/monitor-name.ts";
import type { Snapshot } from "../core/protocol.ts";
import { applyWords } from "../core/rollout/side.ts";
import {
  beginCall,
  endCall,
  isFree,
  type Occasion,
  onCallDone,
  onCallFailed,
  onDelivered,
  onFlush,
  planSync,
  reportToSend,
} from "../core/service-state/sync-slot.ts";
import { applySnapshot } from "../core/service-state.ts";
import { readColoSnapshot, writeColoSnapshot } from "./colo-cache.ts";
import type { Isolate, ServiceRuntime } from "./isolate.ts";
import { refreshMesh } from "./mesh-refresh.ts";

/** Starts what is due: nothing (almost always), a call now, or a call a little later. Never throws, never waits. */
export function syncIfDue(
  isolate: Isolate,
  service: ServiceRuntime,
  nowMs: number,
  why: Occasion,
  ctx: ExecutionContext,
): void {
  if (isolate.env.SERVICE_MONITOR === undefined) return;
  const waitMs = planSync(service.sync, service.state, nowMs, why);
  if (waitMs === 0) ctx.waitUntil(sync(isolate, service, ctx));
  else if (waitMs > 0) ctx.waitUntil(syncLater(isolate, service, waitMs, ctx));
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
    if (isFree(service.sync, nowMs)) ctx.waitUntil(sync(isolate, service, ctx));
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
  if (onFlush(service.sync, Date.now())) await sync(isolate, service, ctx);
}

/** One exchange. Never rejects. */
export async function sync(isolate: Isolate, service: ServiceRuntime, ctx: ExecutionContext): Promise<void> {
  const slot = service.sync;
  const sinceMs = Date.now();
  beginCall(slot, sinceMs);
  try {
    const shared = service.warm ? null : await readColoSnapshot(isolate, service);
    if (shared !== null) accept(isolate, service, shared);
    await exchange(isolate, service, sinceMs, ctx);
    onCallDone(slot);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    onCallFailed(slot, why, (error as { overloaded?: boolean }).overloaded === true);
  } finally {
    endCall(slot, sinceMs);
  }
}

async function exchange(
  isolate: Isolate,
  service: ServiceRuntime,
  nowMs: number,
  ctx: ExecutionContext,
): Promise<void> {
  const slot = service.sync;
  const { name, stateShards } = service.state.service;
  const { region, reporter } = isolate;
  const object = monitorName(name, region, shardOf(reporter, stateShards));
  const monitor = isolate.env.SERVICE_MONITOR!.getByName(object, { locationHint: region });
  const sender = { meshVersion: isolate.open.mesh.version, region, reporter };
  const reply = await monitor.sync(reportToSend(slot, service.state, sender, nowMs));
  onDelivered(slot);
  if (!reply.ok) {
    onCallFailed(slot, `${reply.error}: ${reply.detail}`, false);
    return;
  }
  accept(isolate, service, reply.snapshot);
  writeColoSnapshot(isolate, service, reply.snapshot, ctx);
  if (reply.snapshot.meshVersion !== isolate.open.mesh.version) await refreshMesh(isolate);
}

function accept(isolate: Isolate, service: ServiceRuntime, snapshot: Snapshot): void {
  if (snapshot.rollouts !== undefined) applyWords(isolate.open.rollouts, snapshot.rollouts);
  applySnapshot(service.state, snapshot, Date.now());
  service.warm = true;
}
