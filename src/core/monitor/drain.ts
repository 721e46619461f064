/**
 * The life of a drain: from the word until nothing is left. An endpoint that was taken out is *draining* while requests are
 * in flight there or were answered lately, those of sessions included, and *drained* once neither has been for a while.
 * Traffic that comes back makes it draining again. Probes go on throughout, so that it can be back at once.
 *
 * "A while" is as long as a silent isolate counts as present: what an isolate still has to report by then is not coming.
 */
import { isBarred } from "../health/coordinator-state.ts";
import { inFlightOf } from "../load/in-flight.ts";
import type { ReportDelta } from "../protocol.ts";
import type { ExchangeMessage } from "./exchange-message.ts";
import { type Monitor, REPORTER_EXPIRY_MS } from "./monitor.ts";
import { recordEvent } from "./monitor-event.ts";
import { wordOf } from "./told.ts";

/** Without traffic for so long, an endpoint that was taken out is drained. */
export const DRAIN_QUIET_MS = REPORTER_EXPIRY_MS;

export interface Drain {
  /** When the word was given, or when it was heard. */
  readonly sinceMs: number;
  /** Null while it is draining. */
  readonly drainedAtMs: number | null;
}

/** Notes who was busy by what was counted, and by what is in flight. Linear in the listed endpoints. */
export function noteTraffic(monitor: Monitor, delta: ReportDelta, nowMs: number): void {
  for (const [row, id] of delta.ids.entries()) {
    const counts = delta.ok[row]! + delta.throttled[row]! + delta.connectFailures[row]! + delta.timeouts[row]!;
    if (counts + delta.resets[row]! + delta.responses5xx[row]! > 0) noteBusy(monitor, id, nowMs);
  }
}

/** Something was in flight or answered at an endpoint at that moment. */
export function noteBusy(monitor: Monitor, id: string, atMs: number): void {
  const endpoint = monitor.coordinator.indexOf.get(id);
  if (endpoint !== undefined && monitor.busyAtMs[endpoint]! < atMs) monitor.busyAtMs[endpoint] = atMs;
}

/** How long an endpoint has had nothing to do, as far as this object knows; Infinity when it never had. A read. */
export function idleMs(monitor: Monitor, endpoint: number, nowMs: number): number {
  if (inFlightOf(monitor.inFlight, monitor.coordinator.ids[endpoint]!) > 0) return 0;
  return Math.max(0, nowMs - monitor.busyAtMs[endpoint]!);
}

/** When an endpoint that was taken out will be drained, if nothing comes: epoch. */
function quietAtMs(monitor: Monitor, endpoint: number, sinceMs: number, nowMs: number): number {
  const busyAtMs = nowMs - idleMs(monitor, endpoint, nowMs);
  return Math.max(busyAtMs, sinceMs, monitor.startedAtMs) + DRAIN_QUIET_MS;
}

/** Moves every drain on: begun, over, or taken back. Linear in the endpoints; nothing in a shard. */
export function stepDrains(monitor: Monitor, nowMs: number): void {
  if (monitor.shard !== null) return;
  const { drains, coordinator } = monitor;
  for (let e = 0; e < coordinator.size; e++) {
    const id = coordinator.ids[e]!;
    const drain = drains.get(id);
    if (!isBarred(coordinator.health[e]!)) {
      if (drain !== undefined) drains.delete(id);
      continue;
    }
    const sinceMs = drain?.sinceMs ?? sinceOf(monitor, e, nowMs);
    const isQuiet = quietAtMs(monitor, e, sinceMs, nowMs) <= nowMs;
    if (drain !== undefined && (drain.drainedAtMs !== null) === isQuiet) continue;
    drains.set(id, { sinceMs, drainedAtMs: isQuiet ? nowMs : null });
    recordEvent(monitor, { atMs: nowMs, endpoint: id, type: isQuiet ? "drained" : "draining" });
  }
  if (drains.size === 0) return;
  for (const id of drains.keys()) if (!coordinator.indexOf.has(id)) drains.delete(id);
}

function sinceOf(monitor: Monitor, endpoint: number, nowMs: number): number {
  const { whether, weight } = wordOf(monitor, endpoint, nowMs);
  return Math.min(nowMs, (whether ?? weight)?.atMs ?? nowMs);
}

/** When the next drain may be over, epoch; Infinity when none is under way. Linear in the drains. */
export function nextDrainMs(monitor: Monitor, nowMs: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const [id, { sinceMs, drainedAtMs }] of monitor.drains) {
    const endpoint = monitor.coordinator.indexOf.get(id);
    if (drainedAtMs !== null || endpoint === undefined) continue;
    next = Math.min(next, quietAtMs(monitor, endpoint, sinceMs, nowMs));
  }
  return next;
}

/** When endpoints were busy last, as a region or a shard says. */
export function hearIdle(monitor: Monitor, { ids, idleMs: ago }: ExchangeMessage, nowMs: number): void {
  if (ago === undefined) return;
  for (const [i, id] of ids.entries()) if (ago[i]! >= 0) noteBusy(monitor, id, nowMs - ago[i]!);
}
