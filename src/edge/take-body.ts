/** Takes a request's body: into memory where it is small and there is room, as a stream else. */
import { allowedMs } from "../core/limit/body-pace.ts";
import type { Breach } from "../core/limit/bounds.ts";
import type { MemoryUse } from "../core/limit/memory.ts";
import type { Bounds } from "../core/mesh.ts";
import { type BodyMeter, leave, meterBody, nextChunk, paceOf, pumpMetered, stopLooking } from "./body-meter.ts";
import { type BodyMemory, holdBody, letGo, takeMemory } from "./held-body.ts";
import { pumpBody } from "./pump-body.ts";
import { joined, type RequestBody } from "./request-body.ts";

/**
 * Bodies that say they are no longer than this are read by the platform in one go, which costs half as much as piece by piece. Their
 * memory is taken before they come, and the slowest that their pace allows is their time limit.
 */
const SMALL_BYTES = 8_192;

export interface BodyTake {
  /** The most that is kept in memory. */
  readonly limitBytes: number;
  /** Up to so many have to be kept: without them the request is of no use. */
  readonly requiredBytes: number;
  readonly bounds: Bounds | undefined;
  /** The isolate's. */
  readonly memory: BodyMemory;
  readonly ctx: ExecutionContext;
  /** Hears once of what would have been cut, where bounds are on trial. */
  readonly onTrial: (breach: Breach) => void;
}

/** What has to be kept cannot be: others hold too much. */
export const NO_ROOM = { kind: "no-room" } as const;
type NoRoom = typeof NO_ROOM;

type BufferedBody = Extract<RequestBody, { readonly kind: "buffered" }>;
const NONE: RequestBody = { kind: "none" };

/**
 * Reads or wraps the body of a request that has one; a breach when it is cut before any of it was sent. Null: there is something in
 * it, and the method is one whose requests have none; the platform would not send it. An empty one is none.
 *
 * Rejects when the downstream goes away while its body is read.
 */
export async function takeBody(request: Request, take: BodyTake): Promise<RequestBody | Breach | NoRoom | null> {
  const stream = request.body!;
  const { limitBytes, bounds } = take;
  if (request.method === "GET" || request.method === "HEAD") return takeNothing(stream, take);
  const declared = request.headers.get("content-length");
  const length = declared === null ? null : Number(declared);
  if (length !== null && length > limitBytes && bounds === undefined) {
    const pipe = new FixedLengthStream(length);
    return { kind: "stream", stream: pipe.readable, end: pumpBody(stream, pipe.writable, [], null) };
  }
  if (length !== null && length <= Math.min(SMALL_BYTES, limitBytes) && bounds?.dryRun !== true) {
    const body = await takeSmall(request, length, take);
    if (body !== null) return body;
  }
  return takePieces(stream, length, take);
}

/** Null: there is no room for it. */
async function takeSmall(
  request: Request,
  length: number,
  take: BodyTake,
): Promise<RequestBody | Breach | NoRoom | null> {
  const { memory, ctx, bounds, requiredBytes } = take;
  const nowMs = Date.now();
  const held = holdBody(memory, ctx, nowMs);
  const isRequired = length <= requiredBytes;
  if (!takeMemory(held, length, useOf(isRequired))) {
    letGo(held);
    return isRequired ? NO_ROOM : null;
  }
  const mostMs = allowedMs(paceOf(bounds), length);
  held.dueMs = nowMs + mostMs;
  try {
    const bytes = await new Promise<ArrayBuffer | null>((resolve, reject) => {
      held.onDue = () => {
        resolve(null);
        return Number.POSITIVE_INFINITY;
      };
      request.arrayBuffer().then(resolve, reject);
    });
    held.onDue = null;
    held.dueMs = Number.POSITIVE_INFINITY;
    if (bytes !== null) return { kind: "buffered", bytes, held };
    letGo(held);
    return { bound: "bodyPace", seen: Math.round(mostMs), most: Math.round(mostMs) };
  } catch (error) {
    letGo(held);
    throw error;
  }
}

function useOf(isRequired: boolean): MemoryUse {
  return isRequired ? "required" : "optional";
}

/** Kept when it turns out small and there is room, else what was read goes ahead of the rest. */
async function takePieces(
  stream: ReadableStream,
  length: number | null,
  take: BodyTake,
): Promise<RequestBody | Breach | NoRoom> {
  const { limitBytes, requiredBytes, bounds } = take;
  const meter = begin(stream, take);
  const chunks: Uint8Array[] = [];
  let hasRoom = true;
  let isHandedOn = false;
  try {
    while (hasRoom && (length ?? meter.bytes) <= limitBytes) {
      const chunk = await nextChunk(meter);
      if (chunk === null) {
        if (meter.breach !== null) return meter.breach;
        isHandedOn = true;
        return kept(meter, chunks);
      }
      chunks.push(chunk);
      const isRequired = (length ?? meter.bytes) <= requiredBytes;
      hasRoom = takeMemory(meter.held, chunk.byteLength, useOf(isRequired));
      if (!hasRoom && isRequired) {
        leave(meter);
        return NO_ROOM;
      }
    }
    isHandedOn = true;
  } finally {
    if (!isHandedOn) letGo(meter.held);
  }
  const pipe = length === null ? new IdentityTransformStream() : new FixedLengthStream(length);
  if (bounds !== undefined) {
    return { kind: "stream", stream: pipe.readable, end: pumpMetered(meter, pipe.writable, chunks), meter };
  }
  stopLooking(meter);
  meter.reader.releaseLock();
  return { kind: "stream", stream: pipe.readable, end: pumpBody(stream, pipe.writable, chunks, meter.held) };
}

/** All of it has come; its memory is the taker's from here on. */
function kept(meter: BodyMeter, chunks: readonly Uint8Array[]): BufferedBody {
  stopLooking(meter);
  return { kind: "buffered", bytes: joined(chunks, meter.bytes), held: meter.held };
}

async function takeNothing(stream: ReadableStream, take: BodyTake): Promise<RequestBody | Breach | null> {
  const meter = begin(stream, take);
  try {
    for (;;) {
      const chunk = await nextChunk(meter);
      if (chunk === null) return meter.breach ?? NONE;
      if (chunk.byteLength === 0) continue;
      leave(meter);
      return null;
    }
  } finally {
    letGo(meter.held);
  }
}

function begin(stream: ReadableStream, { memory, ctx, bounds, onTrial }: BodyTake): BodyMeter {
  const nowMs = Date.now();
  return meterBody(stream, holdBody(memory, ctx, nowMs), { bounds, onTrial, nowMs });
}

/** What a request's body is that has to be looked at before anything else is done: all of it, or why not. */
export type WholeBody = BufferedBody | Breach | NoRoom | { readonly kind: "too-large" | "broken" };

/** Reads all of it, up to `limitBytes`. Never rejects. */
export async function takeWhole(request: Request, take: Omit<BodyTake, "requiredBytes">): Promise<WholeBody> {
  const { limitBytes } = take;
  if (Number(request.headers.get("content-length") ?? 0) > limitBytes) return { kind: "too-large" };
  const meter = begin(request.body!, { ...take, requiredBytes: limitBytes });
  const chunks: Uint8Array[] = [];
  let isHandedOn = false;
  try {
    for (;;) {
      const chunk = await nextChunk(meter);
      if (chunk === null) {
        if (meter.breach !== null) return meter.breach;
        isHandedOn = true;
        return kept(meter, chunks);
      }
      if (meter.bytes > limitBytes || !takeMemory(meter.held, chunk.byteLength, "required")) {
        leave(meter);
        return meter.bytes > limitBytes ? { kind: "too-large" } : NO_ROOM;
      }
      chunks.push(chunk);
    }
  } catch {
    return { kind: "broken" };
  } finally {
    if (!isHandedOn) letGo(meter.held);
  }
}
