/** Ids of traces and spans, cut from a pool of random bytes: a call of the platform for each would cost more than the rest. */

/** Bytes drawn at once: 40 traces with one span each. */
const POOL_BYTES = 960;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export interface Ids {
  /** 32 hex digits. */
  traceId(): string;
  /** 16 hex digits. */
  spanId(): string;
}

/**
 * - `fill`: fills an array with uniformly random bytes.
 *
 * Never an id of zeros only, which is none. Never throws unless `fill` does.
 */
export function createIds(fill: (bytes: Uint8Array) => void): Ids {
  const pool = new Uint8Array(POOL_BYTES);
  let at = POOL_BYTES;
  function hex(bytes: number): string {
    if (at + bytes > POOL_BYTES) {
      fill(pool);
      at = 0;
    }
    let text = "";
    let any = 0;
    for (const end = at + bytes; at < end; at += 1) {
      const byte = pool[at]!;
      any |= byte;
      text += HEX[byte];
    }
    return any === 0 ? hex(bytes) : text;
  }
  return { traceId: () => hex(16), spanId: () => hex(8) };
}
