/**
 * The request's body, as far as retries are concerned. The platform disturbs a stream even when the connection was
 * refused before a byte was sent, so what may be sent twice has to be in memory before it is sent once.
 *
 * Small bodies are read first, whatever the method: then a slow uploader cannot make an origin look slow, and the time
 * an attempt takes is the origin's alone. Larger ones stream through once; their attempt's clock starts when the last
 * byte has left.
 */

export type RequestBody =
  | { readonly kind: "none" }
  | { readonly kind: "buffered"; readonly bytes: ArrayBuffer | Uint8Array }
  | { readonly kind: "stream"; readonly stream: ReadableStream; readonly sent: Promise<void> };

const NONE: RequestBody = { kind: "none" };

/** The body of a request that has none: no promise, no allocation. */
export function hasNoBody(request: Request): boolean {
  return request.body === null;
}

/**
 * Reads or wraps the body.
 *
 * - `limitBytes`: the most that is kept in memory.
 *
 * Rejects when the downstream goes away while its body is read.
 */
export async function takeBody(request: Request, limitBytes: number): Promise<RequestBody> {
  const stream = request.body;
  if (stream === null) return NONE;
  const declared = request.headers.get("content-length");
  if (declared === null) return readUpTo(stream, limitBytes);
  const length = Number(declared);
  if (length <= limitBytes) return { kind: "buffered", bytes: await request.arrayBuffer() };
  return streamOnce(stream, new FixedLengthStream(length));
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
  const sent = (async () => {
    if (ahead.length > 0) {
      const writer = pipe.writable.getWriter();
      for (const chunk of ahead) await writer.write(chunk);
      writer.releaseLock();
    }
    await stream.pipeTo(pipe.writable);
  })();
  return { kind: "stream", stream: pipe.readable, sent };
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
