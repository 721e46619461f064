/**
 * A request's body within bounds: counted while it comes, and ended when there is too much of it or it comes too slowly.
 * Only time spent waiting for the downstream counts: an endpoint that takes its time must not make a caller look slow.
 *
 * What was cut never looks whole to an endpoint: a stream that goes up is broken off, and the attempt is nobody's failure.
 */
import type { Breach } from "../core/limit/bounds.ts";
import type { BodyPace, Bounds } from "../core/mesh.ts";
import { type BodyEnd, joined, type RequestBody } from "./request-body.ts";

/** Bodies that are being read into memory, by all requests of an isolate. */
export interface ReadingBodies {
  bytes: number;
}

/** The most that bodies on their way may hold: an eighth of an isolate. Beyond it bodies stream, and are sent once only. */
export const MAX_READING_BYTES = 16 * 1_048_576;

/** One body on its way. `breach` is set once, when it is cut. */
export interface BodyMeter {
  readonly bounds: Bounds;
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly onTrial: (breach: Breach) => void;
  bytes: number;
  waitedMs: number;
  /** Null: nobody waits for the downstream now. */
  waitingSinceMs: number | null;
  breach: Breach | null;
  hasTried: boolean;
  timer: ReturnType<typeof setTimeout> | null;
}

export interface BoundedTake {
  /** The most that is kept in memory. */
  readonly limitBytes: number;
  readonly bounds: Bounds;
  /** The isolate's. */
  readonly reading: ReadingBodies;
  /** Hears once of what would have been cut, where bounds are on trial. */
  readonly onTrial: (breach: Breach) => void;
}

/**
 * Reads or wraps the body of a request that has one, as `takeBody` does; a breach when it is cut before any of it was sent.
 * Rejects when the downstream goes away while its body is read.
 */
export async function takeBounded(request: Request, take: BoundedTake): Promise<RequestBody | Breach | null> {
  const { limitBytes, bounds, reading, onTrial } = take;
  const meter = meterBody(request.body!, bounds, onTrial);
  const hasNone = request.method === "GET" || request.method === "HEAD";
  const declared = request.headers.get("content-length");
  const length = declared === null ? null : Number(declared);
  const chunks: Uint8Array[] = [];
  let held = 0;
  const mayHold = () => (length ?? held) <= limitBytes && reading.bytes <= MAX_READING_BYTES;
  try {
    while (hasNone || mayHold()) {
      const chunk = await nextChunk(meter);
      if (chunk === null)
        return meter.breach ?? (hasNone ? { kind: "none" } : { kind: "buffered", bytes: joined(chunks, held) });
      if (hasNone && chunk.byteLength > 0) return leave(meter);
      chunks.push(chunk);
      held += chunk.byteLength;
      reading.bytes += chunk.byteLength;
    }
  } finally {
    reading.bytes -= held;
  }
  const pipe = length === null ? new IdentityTransformStream() : new FixedLengthStream(length);
  return { kind: "stream", stream: pipe.readable, end: pumped(meter, pipe.writable, chunks), meter };
}

/** Never rejects. A cut body's pipe is left open: see request-body.ts. */
async function pumped(meter: BodyMeter, writable: WritableStream, ahead: readonly Uint8Array[]): Promise<BodyEnd> {
  const writer = writable.getWriter();
  try {
    for (const chunk of ahead) await writer.write(chunk);
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
  }
}

function leave(meter: BodyMeter): null {
  meter.reader.cancel().catch(() => {});
  return over(meter);
}

/** Begins to count. */
function meterBody(stream: ReadableStream, bounds: Bounds, onTrial: (breach: Breach) => void): BodyMeter {
  const meter: BodyMeter = {
    bounds,
    reader: stream.getReader(),
    onTrial,
    bytes: 0,
    waitedMs: 0,
    waitingSinceMs: null,
    breach: null,
    hasTried: false,
    timer: null,
  };
  watch(meter);
  return meter;
}

/** The next piece; null at the end, and when the body was cut: look at `breach`. Rejects when the downstream goes away. */
async function nextChunk(meter: BodyMeter): Promise<Uint8Array | null> {
  const { reader, bounds } = meter;
  meter.waitingSinceMs = Date.now();
  try {
    const { done, value } = await reader.read();
    if (done || meter.breach !== null) return over(meter);
    meter.bytes += value.byteLength;
    if (bounds.maxBodyBytes > 0 && meter.bytes > bounds.maxBodyBytes) {
      cut(meter, { bound: "bodyBytes", seen: meter.bytes, most: bounds.maxBodyBytes });
    }
    return meter.breach === null ? value : over(meter);
  } catch (error) {
    over(meter);
    if (meter.breach !== null) return null;
    throw error;
  } finally {
    meter.waitedMs = waitedMs(meter, Date.now());
    meter.waitingSinceMs = null;
  }
}

/** No more is wanted of it. */
function over(meter: BodyMeter): null {
  if (meter.timer !== null) clearTimeout(meter.timer);
  meter.timer = null;
  return null;
}

function cut(meter: BodyMeter, breach: Breach): void {
  if (meter.bounds.dryRun) {
    if (!meter.hasTried) meter.onTrial(breach);
    meter.hasTried = true;
    return;
  }
  meter.breach = breach;
  over(meter);
  meter.reader.cancel().catch(() => {});
}

/** One timer for the whole body, set anew only when it fires: most bodies end before. */
function watch(meter: BodyMeter): void {
  const { bodyPace } = meter.bounds;
  if (bodyPace.timeoutMs === 0 && bodyPace.minBytesPerSecond === 0) return;
  const leftMs = allowedMs(bodyPace, meter.bytes) - waitedMs(meter, Date.now());
  meter.timer = setTimeout(() => onLook(meter), Math.max(MIN_LOOK_MS, leftMs));
}

const MIN_LOOK_MS = 100;

function onLook(meter: BodyMeter): void {
  const mostMs = allowedMs(meter.bounds.bodyPace, meter.bytes);
  const seenMs = waitedMs(meter, Date.now());
  if (seenMs < mostMs || meter.waitingSinceMs === null) watch(meter);
  else cut(meter, { bound: "bodyPace", seen: Math.round(seenMs), most: Math.round(mostMs) });
}

function waitedMs({ waitedMs: before, waitingSinceMs }: BodyMeter, nowMs: number): number {
  return waitingSinceMs === null ? before : before + nowMs - waitingSinceMs;
}

/** How long a body of which so much came may have been waited for. */
function allowedMs({ timeoutMs, graceMs, minBytesPerSecond }: BodyPace, bytes: number): number {
  const byPace = minBytesPerSecond === 0 ? Number.POSITIVE_INFINITY : graceMs + (1_000 * bytes) / minBytesPerSecond;
  return timeoutMs === 0 ? byPace : Math.min(byPace, timeoutMs);
}
