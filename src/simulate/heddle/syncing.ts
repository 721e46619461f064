/**
 * An isolate's exchange with its region's object in virtual time. When to call and what to send is decided by the module that
 * the edge runs (src/core/service-state/sync-slot.ts); here are only the messages, their delay and their loss.
 */
import type { Report, Snapshot } from "../../core/protocol.ts";
import {
  beginCall,
  COLO_WRITE_SHARE,
  endCall,
  isFree,
  type Occasion,
  onCallDone,
  onCallFailed,
  onDelivered,
  onFlush,
  planSync,
  reportToSend,
} from "../../core/service-state/sync-slot.ts";
import { applySnapshot } from "../../core/service-state.ts";
import { readColo, writeColo } from "./colo-cache.ts";
import { type IsolateService, refreshMesh } from "./isolate-service.ts";
import { receiveReport } from "./monitor-object.ts";
import { objectOf } from "./state-plane.ts";

/** An object that cannot be reached is given up after so long, ms. The platform's own time differs from case to case. */
const UNREACHED_MS = 1_000;
/** Reading the data centre's cache, ms. */
const CACHE_MS = 3;

interface Call {
  readonly service: IsolateService;
  readonly sinceMs: number;
  wayMs: number;
  report: Report | null;
  snapshot: Snapshot | null;
}

/** Starts what is due: nothing (almost always), a call now, or a call a little later. */
export function syncIfDue(service: IsolateService, nowMs: number, why: Occasion): void {
  const waitMs = planSync(service.sync, service.state, nowMs, why);
  if (waitMs === 0) startCall(service, nowMs);
  else if (waitMs > 0) service.isolate.fleet.world.after(waitMs, onFlushDue, service);
}

/** A cold isolate asks at once, unless it is asking. */
export function syncWhenFree(service: IsolateService, nowMs: number): void {
  if (isFree(service.sync, nowMs)) startCall(service, nowMs);
}

function onFlushDue(service: IsolateService): void {
  const nowMs = service.isolate.fleet.world.nowMs();
  if (onFlush(service.sync, nowMs)) startCall(service, nowMs);
}

function startCall(service: IsolateService, nowMs: number): void {
  beginCall(service.sync, nowMs);
  const call: Call = { service, sinceMs: nowMs, wayMs: 0, report: null, snapshot: null };
  if (service.warm) send(call);
  else service.isolate.fleet.world.after(CACHE_MS, askCacheFirst, call);
}

function askCacheFirst(call: Call): void {
  const { service } = call;
  const shared = readColo(service, service.isolate.fleet.world.nowMs());
  if (shared !== null) accept(service, shared);
  send(call);
}

function send(call: Call): void {
  const { service, sinceMs } = call;
  const { isolate } = service;
  const { world, usage } = isolate.fleet;
  const { region, reporter } = isolate;
  call.report = reportToSend(
    service.sync,
    service.state,
    { meshVersion: service.open.mesh.version, region, reporter },
    sinceMs,
  );
  usage.syncs += 1;
  call.wayMs = world.rttMs(region, region) / 2;
  if (world.isDelivered(region)) world.after(call.wayMs, onObjectHears, call);
  else world.after(UNREACHED_MS, onUnreached, call);
}

function onObjectHears(call: Call): void {
  const { service } = call;
  const { world, plane } = service.isolate.fleet;
  call.snapshot = receiveReport(objectOf(plane, service.index, service.isolate.region), call.report!);
  if (world.isDelivered(service.isolate.region)) world.after(call.wayMs, onSnapshot, call);
  else world.after(UNREACHED_MS, onUnreached, call);
}

function onSnapshot({ service, sinceMs, snapshot }: Call): void {
  const { isolate, sync } = service;
  onDelivered(sync);
  accept(service, snapshot!);
  if (isolate.rng() < COLO_WRITE_SHARE) writeColo(service, snapshot!, isolate.fleet.world.nowMs());
  if (snapshot!.meshVersion !== isolate.open.mesh.version) refreshMesh(isolate);
  onCallDone(sync);
  endCall(sync, sinceMs);
}

function onUnreached({ service, sinceMs }: Call): void {
  onCallFailed(service.sync, "unreached", false);
  endCall(service.sync, sinceMs);
}

function accept(service: IsolateService, snapshot: Snapshot): void {
  applySnapshot(service.state, snapshot, service.isolate.fleet.world.nowMs());
  service.warm = true;
  const { waiting } = service;
  service.waiting = [];
  for (const wake of waiting) wake();
}
