/**
 * Where an isolate stands in its exchange with one service's object, and what that allows: one call at a time, one
 * waiting flush, a report that could not be delivered is sent again under its own number. Plain values; the edge and the
 * simulator carry the messages.
 */
import type { DecisionSample } from "../decision-sample.ts";
import { NO_REVISION } from "../endpoint-set.ts";
import { PROTOCOL_VERSION, type Report, type TrafficColumns } from "../protocol.ts";
import type { Region } from "../region.ts";
import { syncDelayMs, takeReport } from "./reporting.ts";
import type { ServiceState } from "./state.ts";

/** A call without an answer for so long no longer keeps others from being made, ms. */
const LOST_MS = 8_000;
/** A report that could not be delivered for so long is no evidence of anything any more, ms. */
const EXPIRED_MS = 10_000;
/** A waiting flush is taken for lost so long after its time, ms. */
const OVERSLEPT_MS = 500;
/** A request that finds its snapshot old lets a flush go first that is due so soon, ms. */
const NEAR_MS = 250;
/** An overloaded object is left alone for at least so long, times the slowdown, ms. */
const SLOWED_MS = 1_000;
/** The interval is never stretched beyond this factor for an overloaded object. */
const MAX_SLOWDOWN = 16;
/** One isolate in so many calls shares its snapshot with its data centre: enough to keep it fresh, few enough to cost nothing. */
export const COLO_WRITE_SHARE = 0.25;
/** A data centre's snapshot older than this says too little about now, s. */
export const COLO_MAX_AGE_S = 5;

/** What the caller has just done; see `syncDelayMs`. */
export type Occasion = "request" | "result" | "failure";

export interface SyncSlot {
  /** Number of the last report made. */
  seq: number;
  /** Epoch at which the call under way began, 0 when there is none. */
  callingSinceMs: number;
  /** Epoch until which somebody is waiting to flush, 0 when nobody is. */
  deferredUntilMs: number;
  /** A report that may not have arrived; sent again under its own number, which makes it count once. */
  unsent: Report | null;
  unsentSinceMs: number;
  /** Multiplies the interval: doubled while the object says that it is overloaded, 1 otherwise. */
  slowdown: number;
  calls: number;
  failures: number;
  lastError: string;
}

export function createSyncSlot(): SyncSlot {
  return {
    seq: 0,
    callingSinceMs: 0,
    deferredUntilMs: 0,
    unsent: null,
    unsentSinceMs: 0,
    slowdown: 1,
    calls: 0,
    failures: 0,
    lastError: "",
  };
}

/**
 * What to start: -1 nothing (almost always), 0 a call now, else a flush so many ms later, which the slot now counts as
 * waited for. Constant time.
 */
export function planSync(slot: SyncSlot, state: ServiceState, nowMs: number, why: Occasion): number {
  const delayMs = syncDelayMs(state, nowMs, why);
  if (delayMs < 0) return -1;
  if (why === "request" && state.snapshot !== null && isFlushNear(slot, nowMs)) return -1;
  if (delayMs === 0 && slot.slowdown === 1) return isFree(slot, nowMs) ? 0 : -1;
  if (slot.deferredUntilMs > nowMs) return -1;
  const waitMs = Math.max(delayMs, slot.slowdown > 1 ? SLOWED_MS : 0) * slot.slowdown;
  slot.deferredUntilMs = nowMs + waitMs + OVERSLEPT_MS;
  return waitMs;
}

/** Whether somebody is about to flush: one call then brings what two would. */
function isFlushNear({ deferredUntilMs }: SyncSlot, nowMs: number): boolean {
  return deferredUntilMs > nowMs && deferredUntilMs - OVERSLEPT_MS - nowMs < NEAR_MS;
}

/** The waited-for time has come. Returns whether to call now. */
export function onFlush(slot: SyncSlot, nowMs: number): boolean {
  slot.deferredUntilMs = 0;
  return isFree(slot, nowMs);
}

/** Whether a call may be made: none is under way, or the one that was is lost. */
export function isFree(slot: SyncSlot, nowMs: number): boolean {
  return slot.callingSinceMs === 0 || nowMs - slot.callingSinceMs > LOST_MS;
}

/** A call begins. */
export function beginCall(slot: SyncSlot, nowMs: number): void {
  slot.callingSinceMs = nowMs;
  slot.calls += 1;
}

/** Who reports. */
export interface Sender {
  readonly meshVersion: string;
  readonly region: Region;
  /** Random, chosen once per isolate. */
  readonly reporter: string;
  /** Of the discovered endpoints that it runs; 0: none. Default 0. */
  readonly endpointsRevision?: number;
  /** A version of the mesh that it could not take. Default none. */
  readonly refusedMesh?: NonNullable<Report["refusedMesh"]> | null;
  /** Gives the samples that were asked for, which are then gone; asked only when a report is made. Default none. */
  readonly decisions?: () => readonly DecisionSample[] | null;
  /** Gives what was counted for metrics; asked only when a report is made. Default nothing. */
  readonly traffic?: () => TrafficColumns | null;
}

/** The report to send: the undelivered one while it is evidence of the present, else what happened since the last. */
export function reportToSend(slot: SyncSlot, state: ServiceState, sender: Sender, nowMs: number): Report {
  if (slot.unsent !== null && nowMs - slot.unsentSinceMs <= EXPIRED_MS) return slot.unsent;
  slot.seq += 1;
  slot.unsentSinceMs = nowMs;
  const { meshVersion, region, reporter, endpointsRevision = NO_REVISION, refusedMesh = null } = sender;
  const traffic = sender.traffic?.() ?? null;
  const decisions = sender.decisions?.() ?? null;
  slot.unsent = {
    v: PROTOCOL_VERSION,
    service: state.service.name,
    meshVersion,
    region,
    reporter,
    seq: slot.seq,
    ...takeReport(state, nowMs),
    ...(endpointsRevision !== NO_REVISION && { endpointsRevision }),
    ...(refusedMesh !== null && { refusedMesh }),
    ...(decisions !== null && { decisions }),
    ...(traffic !== null && { traffic }),
  };
  return slot.unsent;
}

/** The object took the report, whatever it thought of it. */
export function onDelivered(slot: SyncSlot): void {
  slot.unsent = null;
}

/** The call went through. */
export function onCallDone(slot: SyncSlot): void {
  slot.slowdown = 1;
}

/** It did not. The report is kept, the last snapshot stays in force. */
export function onCallFailed(slot: SyncSlot, why: string, overloaded: boolean): void {
  slot.failures += 1;
  slot.lastError = why;
  if (overloaded) slot.slowdown = Math.min(MAX_SLOWDOWN, slot.slowdown * 2);
}

/** The call that began at `sinceMs` is over, one way or the other; a later one goes on. */
export function endCall(slot: SyncSlot, sinceMs: number): void {
  if (slot.callingSinceMs === sinceMs) slot.callingSinceMs = 0;
}
