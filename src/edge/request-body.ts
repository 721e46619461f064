/**
 * The request's body, as far as retries are concerned. The platform disturbs a stream even when the connection was
 * refused before a byte was sent, so what may be sent twice has to be in memory before it is sent once.
 *
 * Small bodies are read first, whatever the method: then a slow uploader cannot make an origin look slow, and the time
 * an attempt takes is the origin's alone. Larger ones stream through once; their attempt's clock starts when the last
 * byte has left.
 *
 * A body that breaks off must not look whole to the endpoint, nor the endpoint look broken to us. Aborting the pipe would do
 * the first (the platform ends a chunked body properly then), so the pipe is left open, `end` says "broken", and the attempt
 * aborts its fetch.
 */

import type { Breach } from "../core/limit/bounds.ts";

export type RequestBody =
  | { readonly kind: "none" }
  | { readonly kind: "buffered"; readonly bytes: ArrayBuffer | Uint8Array }
  | {
      readonly kind: "stream";
      readonly stream: ReadableStream;
      readonly end: Promise<BodyEnd>;
      /** Where the body has bounds: the one that it was cut at. */
      readonly meter?: { readonly breach: Breach | null };
    };

/** All of it left, its sender broke it off, or the endpoint took no more of it. */
export type BodyEnd = "sent" | "broken" | "refused";

const NONE: RequestBody = { kind: "none" };

/** The body of a request that has none: no promise, no allocation. */
export function hasNoBody(request: Request): boolean {
  return request.body === null;
}

/**
 * Reads or wraps the body. Null: there is something in it, and the method is one whose requests have none; the platform
 * would not send it. An empty one is none.
 *
 * - `limitBytes`: the most that is kept in memory.
 *
 * Rejects when the downstream goes away while its body is read.
 */
export async function takeBody(request: Request, limitBytes: number): Promise<RequestBody | null> {
  const stream = request.body;
  if (stream === null) return NONE;
  const { method } = request;
  if (method === "GET" || method === "HEAD") return (await isEmpty(stream)) ? NONE : null;
  const declared = request.headers.get("content-length");
  if (declared === null) return readUpTo(stream, limitBytes);
  const length = Number(declared);
  if (length <= limitBytes) return { kind: "buffered", bytes: await request.arrayBuffer() };
  return streamOnce(stream, new FixedLengthStream(length));
}

async function isEmpty(stream: ReadableStream): Promise<boolean> {
  const reader: ReadableStreamDefaultReader<Uint8Array> = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return true;
    if (value.byteLength === 0) continue;
    reader.cancel().catch(() => {});
    return false;
  }
}

/** A body of unknown length: kept when it turns out small, else what was read goes ahead of the rest. */
async function readUpTo(stream: ReadableStream, limitBytes: number): Promise<RequestBody> {
  const reader: ReadableStreamDefaultReader<Uint8Array> = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size <= limitBytes) {
    const { done, value } = await reader.read();
    if (done) return { kind: "buffered", bytes: joined(chunks, size) };
    chunks.push(value);
    size += value.byteLength;
  }
  reader.releaseLock();
  return streamOnce(stream, new IdentityTransformStream(), chunks);
}

function streamOnce(
  stream: ReadableStream,
  pipe: { readonly readable: ReadableStream; readonly writable: WritableStream },
  ahead: readonly Uint8Array[] = [],
): RequestBody {
  return { kind: "stream", stream: pipe.readable, end: pumped(stream, pipe.writable, ahead) };
}

/** Never rejects. */
async function pumped(
  stream: ReadableStream,
  writable: WritableStream,
  ahead: readonly Uint8Array[],
): Promise<BodyEnd> {
  try {
    if (ahead.length > 0) {
      const writer = writable.getWriter();
      for (const chunk of ahead) await writer.write(chunk);
      writer.releaseLock();
    }
    await stream.pipeTo(writable, { preventAbort: true, preventCancel: true });
    return "sent";
  } catch {
    return endOf(stream);
  }
}

/** Whose fault it was that a pipe broke: a source that did is broken still. */
async function endOf(stream: ReadableStream): Promise<BodyEnd> {
  try {
    const reader = stream.getReader();
    const end = await Promise.race<BodyEnd>([
      reader.closed.then(
        () => "refused",
        () => "broken",
      ),
      scheduler.wait(0).then(() => "refused"),
    ]);
    reader.cancel().catch(() => {});
    return end;
  } catch {
    return "broken";
  }
}

export function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
