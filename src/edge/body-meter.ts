/**
 * A request's body while it comes: counted, and ended when there is too much of it or it comes too slowly. Only time spent waiting
 * for the downstream counts: an endpoint that takes its time must not make a caller look slow.
 *
 * What was cut never looks whole to an endpoint: a stream that goes up is broken off, and the attempt is nobody's failure.
 */
import { allowedMs, DEFAULT_BODY_PACE } from "../core/limit/body-pace.ts";
import type { Breach } from "../core/limit/bounds.ts";
import type { BodyPace, Bounds } from "../core/mesh.ts";
import { type HeldBody, letGo, shrinkHeld } from "./held-body.ts";
import type { BodyEnd } from "./request-body.ts";

/** One body on its way. `breach` is set once, when it is cut. */
export interface BodyMeter {
  readonly bounds: Bounds | undefined;
  /** What it is held to; null: nothing. */
  pace: BodyPace | null;
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  /** Hears once of what would have been cut, where bounds are on trial. */
  readonly onTrial: (breach: Breach) => void;
  /** What is in memory of it; in the ledger for as long as it comes. */
  readonly held: HeldBody;
  bytes: number;
  waitedMs: number;
  /** Null: nobody waits for the downstream now. */
  waitingSinceMs: number | null;
  breach: Breach | null;
  hasTried: boolean;
}

const MIN_LOOK_MS = 100;

/** The pace that a body is held to that is read before anything is sent: bounds on trial leave the usual one in force. */
export function paceOf(bounds: Bounds | undefined): BodyPace {
  return bounds === undefined || bounds.dryRun ? DEFAULT_BODY_PACE : bounds.bodyPace;
}

/** Begins to count. */
export function meterBody(
  stream: ReadableStream,
  held: HeldBody,
  given: { readonly bounds: Bounds | undefined; readonly onTrial: (breach: Breach) => void; readonly nowMs: number },
): BodyMeter {
  const { bounds, onTrial, nowMs } = given;
  const meter: BodyMeter = {
    bounds,
    pace: paceOf(bounds),
    reader: stream.getReader(),
    onTrial,
    held,
    bytes: 0,
    waitedMs: 0,
    waitingSinceMs: null,
    breach: null,
    hasTried: false,
  };
  held.onDue = (dueMs) => onLook(meter, dueMs);
  held.dueMs = nextLookMs(meter, nowMs);
  return meter;
}

/** The next piece; null at the end, and when the body was cut: look at `breach`. Rejects when the downstream goes away. */
export async function nextChunk(meter: BodyMeter): Promise<Uint8Array | null> {
  const { reader, bounds } = meter;
  meter.waitingSinceMs = Date.now();
  try {
    const { done, value } = await reader.read();
    if (done || meter.breach !== null) return null;
    meter.bytes += value.byteLength;
    if (bounds !== undefined && bounds.maxBodyBytes > 0 && meter.bytes > bounds.maxBodyBytes) {
      cut(meter, { bound: "bodyBytes", seen: meter.bytes, most: bounds.maxBodyBytes }, bounds.dryRun);
    }
    return meter.breach === null ? value : null;
  } catch (error) {
    if (meter.breach !== null) return null;
    throw error;
  } finally {
    meter.waitedMs = waitedMs(meter, Date.now());
    meter.waitingSinceMs = null;
  }
}

/** No more of it is wanted. */
export function leave(meter: BodyMeter): void {
  meter.reader.cancel().catch(() => {});
  stopLooking(meter);
}

export function stopLooking({ held }: BodyMeter): void {
  held.onDue = null;
  held.dueMs = Number.POSITIVE_INFINITY;
}

/**
 * Sends what was read ahead and then the rest, counted; frees what was held, piece by piece as it leaves. Never rejects. A cut
 * body's pipe is left open: see request-body.ts.
 *
 * - `ahead`: emptied.
 */
export async function pumpMetered(meter: BodyMeter, writable: WritableStream, ahead: Uint8Array[]): Promise<BodyEnd> {
  const writer = writable.getWriter();
  // What streams is the endpoint's to judge, but for bounds that are in force.
  if (meter.bounds?.dryRun) meter.pace = null;
  try {
    await sendAhead(writer, ahead, meter.held);
    for (;;) {
      const chunk = await nextChunk(meter).catch(() => undefined);
      if (chunk === undefined || meter.breach !== null) return "broken";
      if (chunk === null) break;
      await writer.write(chunk);
    }
    await writer.close();
    return "sent";
  } catch {
    leave(meter);
    return "refused";
  } finally {
    stopLooking(meter);
    letGo(meter.held);
  }
}

/** Rejects when the endpoint takes no more. */
export async function sendAhead(
  writer: WritableStreamDefaultWriter,
  ahead: Uint8Array[],
  held: HeldBody,
): Promise<void> {
  for (let chunk = ahead.shift(); chunk !== undefined; chunk = ahead.shift()) {
    await writer.write(chunk);
    shrinkHeld(held, chunk.byteLength);
  }
}

function cut(meter: BodyMeter, breach: Breach, isTrial: boolean): void {
  if (isTrial) {
    if (!meter.hasTried) meter.onTrial(breach);
    meter.hasTried = true;
    return;
  }
  meter.breach = breach;
  leave(meter);
}

/** When to look again, epoch. */
function onLook(meter: BodyMeter, nowMs: number): number {
  const { bounds, pace, bytes } = meter;
  if (meter.waitingSinceMs !== null) {
    const seenMs = waitedMs(meter, nowMs);
    if (bounds?.dryRun && seenMs >= allowedMs(bounds.bodyPace, bytes))
      cut(meter, slow(seenMs, bounds.bodyPace, bytes), true);
    if (pace !== null && seenMs >= allowedMs(pace, bytes)) cut(meter, slow(seenMs, pace, bytes), false);
  }
  return nextLookMs(meter, nowMs);
}

function slow(seenMs: number, pace: BodyPace, bytes: number): Breach {
  return { bound: "bodyPace", seen: Math.round(seenMs), most: Math.round(allowedMs(pace, bytes)) };
}

function nextLookMs(meter: BodyMeter, nowMs: number): number {
  const { bounds, pace, bytes, hasTried, breach } = meter;
  if (breach !== null) return Number.POSITIVE_INFINITY;
  const byPace = pace === null ? Number.POSITIVE_INFINITY : allowedMs(pace, bytes);
  const onTrial = bounds?.dryRun && !hasTried ? allowedMs(bounds.bodyPace, bytes) : Number.POSITIVE_INFINITY;
  return nowMs + Math.max(MIN_LOOK_MS, Math.min(byPace, onTrial) - waitedMs(meter, nowMs));
}

function waitedMs({ waitedMs: before, waitingSinceMs }: BodyMeter, nowMs: number): number {
  return waitingSinceMs === null ? before : before + nowMs - waitingSinceMs;
}
