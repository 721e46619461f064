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
import { checkSnapshot } from "../core/snapshot-check.ts";
import { onTrafficDelivered, trafficToSend } from "../core/traffic/columns.ts";
import { countOne } from "../core/traffic/tally.ts";
import { readColoSnapshot, writeColoSnapshot } from "./colo-cache.ts";
import { onAsked, samplesToSend } from "./decision-samples.ts";
import { readColoEndpoints, writeColoEndpoints } from "./endpoint-sets/colo-endpoints.ts";
import { takeEndpoints } from "./endpoint-sets/take-endpoints.ts";
import type { Isolate, OpenMesh } from "./isolate.ts";
import { askWhatIsInForce, onAnnounced } from "./mesh/load.ts";
import { refusalToTell } from "./mesh/reach.ts";
import { latestOf, revisionOf, type ServiceRuntime } from "./service-runtime.ts";

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
 * that belongs to another request. Returns the runtime in force then: other endpoints may have come with the snapshot.
 */
export async function warmUp(
  isolate: Isolate,
  service: ServiceRuntime,
  ctx: ExecutionContext,
): Promise<ServiceRuntime> {
  const waitMs = isolate.open.mesh.edge.coldWaitMs;
  if (!latestOf(service).warm && isolate.env.SERVICE_MONITOR !== undefined && waitMs > 0) {
    const nowMs = Date.now();
    countOne(service.tally, "coldRequests");
    const polling = pollUntilWarm(service, nowMs + waitMs);
    if (isFree(service.sync, nowMs)) ctx.waitUntil(sync(isolate, service, ctx));
    await polling;
  }
  const latest = latestOf(service);
  latest.warm = true;
  return latest;
}

/**
 * The runtime to begin a request with: that of the mesh it was matched in, warm, and with the endpoints that are in force now.
 *
 * - `index`: of the service in that mesh.
 */
export async function runtimeFor(
  { isolate, open, ctx }: { readonly isolate: Isolate; readonly open: OpenMesh; readonly ctx: ExecutionContext },
  index: number,
): Promise<ServiceRuntime> {
  const opened = open.services[index]!;
  if (opened.warm) return opened;
  const latest = await warmUp(isolate, opened, ctx);
  return isolate.open.mesh === open.mesh ? latest : opened;
}

async function pollUntilWarm(service: ServiceRuntime, untilMs: number): Promise<void> {
  while (!latestOf(service).warm && Date.now() < untilMs) await scheduler.wait(2);
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

/** One exchange, for the runtime that is in force. Never rejects. */
export async function sync(isolate: Isolate, given: ServiceRuntime, ctx: ExecutionContext): Promise<void> {
  const service = latestOf(given);
  const slot = service.sync;
  const sinceMs = Date.now();
  beginCall(slot, sinceMs);
  try {
    if (!service.warm) await readColo(isolate, service, ctx);
    await exchange(isolate, service, sinceMs, ctx);
    onCallDone(slot);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    countOne(service.tally, "syncFailures");
    onCallFailed(slot, why, (error as { overloaded?: boolean }).overloaded === true);
  } finally {
    endCall(slot, sinceMs);
  }
}

async function readColo(isolate: Isolate, service: ServiceRuntime, ctx: ExecutionContext): Promise<void> {
  const [endpoints, snapshot] = await Promise.all([
    readColoEndpoints(isolate, service),
    readColoSnapshot(isolate, service),
  ]);
  takeEndpoints(isolate, service, endpoints, "colo");
  if (snapshot !== null) accept(isolate, service, snapshot, ctx);
}

async function exchange(isolate: Isolate, given: ServiceRuntime, nowMs: number, ctx: ExecutionContext): Promise<void> {
  const service = latestOf(given);
  const slot = service.sync;
  const { name, stateShards } = service.state.service;
  const { region, reporter } = isolate;
  const object = monitorName(name, region, shardOf(reporter, stateShards));
  const monitor = isolate.env.SERVICE_MONITOR!.getByName(object, { locationHint: region });
  const sender = {
    meshVersion: isolate.open.mesh.version,
    region,
    reporter,
    endpointsRevision: revisionOf(service),
    refusedMesh: refusalToTell(isolate.reach),
    decisions: () => samplesToSend(service.sampling),
    traffic: () => trafficToSend(service.traffic, service.tally, isolate.unrouted, snapshotAgeMs(service, nowMs)),
  };
  countOne(service.tally, "syncCalls");
  const reply = await monitor.sync(reportToSend(slot, service.state, sender, nowMs));
  onDelivered(slot);
  onTrafficDelivered(service.traffic);
  if (!reply.ok) {
    onCallFailed(slot, `${reply.error}: ${reply.detail}`, false);
    // Nobody announces a mesh for a service that it took away.
    if (reply.error === "unknown_service") ctx.waitUntil(askWhatIsInForce(isolate, ctx));
    return;
  }
  if (reply.endpoints !== undefined) takeEndpoints(isolate, service, reply.endpoints, "object");
  const snapshot = checkSnapshot(reply.snapshot);
  if (snapshot === null) return onCallFailed(slot, "the answer is no snapshot", false);
  accept(isolate, service, snapshot, ctx);
  writeColoSnapshot(isolate, service, snapshot, ctx);
  writeColoEndpoints(isolate, latestOf(service), ctx);
}

function snapshotAgeMs({ state }: ServiceRuntime, nowMs: number): number {
  return state.snapshot === null ? -1 : Math.max(0, nowMs - state.snapshotAtMs);
}

/** Takes a snapshot in, and what it says of other things than this service. */
function accept(isolate: Isolate, given: ServiceRuntime, snapshot: Snapshot, ctx: ExecutionContext): void {
  const service = latestOf(given);
  if (snapshot.rollouts !== undefined) applyWords(isolate.open.rollouts, snapshot.rollouts);
  applySnapshot(service.state, snapshot, Date.now());
  onAsked(service.sampling, snapshot.sampleDecisions);
  service.warm = true;
  onAnnounced(isolate, { version: snapshot.meshVersion, atMs: snapshot.meshAtMs ?? null }, ctx);
}
