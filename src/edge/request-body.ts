/**
 * The request's body, as far as retries are concerned. The platform disturbs a stream even when the connection was
 * refused before a byte was sent, so what may be sent twice has to be in memory before it is sent once.
 *
 * Small bodies are read first, whatever the method: then a slow uploader cannot make an origin look slow, and the time
 * an attempt takes is the origin's alone. Larger ones stream through once; their attempt's clock starts when the last
 * byte has left. So do those for which there is no memory; what has to be signed is refused then.
 *
 * A body that breaks off must not look whole to the endpoint, nor the endpoint look broken to us. Aborting the pipe would do
 * the first (the platform ends a chunked body properly then), so the pipe is left open, `end` says "broken", and the attempt
 * aborts its fetch.
 */

import type { Breach } from "../core/limit/bounds.ts";
import type { HeldBody } from "./held-body.ts";

export type RequestBody =
  | { readonly kind: "none" }
  | {
      readonly kind: "buffered";
      readonly bytes: ArrayBuffer | Uint8Array;
      /** What it takes of the isolate's memory, to be let go of when it is not needed any more. */
      readonly held: HeldBody;
    }
  | {
      readonly kind: "stream";
      readonly stream: ReadableStream;
      readonly end: Promise<BodyEnd>;
      /** Where the body has bounds: the one that it was cut at. */
      readonly meter?: { readonly breach: Breach | null };
    };

/** All of it left, its sender broke it off, or the endpoint took no more of it. */
export type BodyEnd = "sent" | "broken" | "refused";

/** The body of a request that has none: no promise, no allocation. */
export function hasNoBody(request: Request): boolean {
  return request.body === null;
}

export function joined(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  if (chunks.length === 1) return chunks[0] as Uint8Array<ArrayBuffer>;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
