/**
 * Requests that were taken, so that none is taken twice within the window. Bounded: when it is full the oldest is forgotten.
 * What was signed when a forgotten one was, or before, is refused from then on: the window gets shorter; a replay never passes.
 */
export interface NonceMemory {
  /** By key and nonce, the time it was signed at, epoch; in the order they came. */
  readonly taken: Map<string, number>;
  /** Signed at this time or before, what comes is refused; epoch. */
  floorMs: number;
  readonly bound: number;
}

export function createNonceMemory(bound: number): NonceMemory {
  return { taken: new Map(), floorMs: Number.NEGATIVE_INFINITY, bound };
}

/** Takes a request; false for one that was taken before, or might have been. Amortised constant time. */
export function takeNonce(
  memory: NonceMemory,
  nonce: string,
  signedAtMs: number,
  nowMs: number,
  windowMs: number,
): boolean {
  const { taken } = memory;
  if (signedAtMs <= memory.floorMs || taken.has(nonce)) return false;
  for (const [oldest, atMs] of taken) {
    if (atMs + windowMs >= nowMs) break;
    forget(memory, oldest, atMs);
  }
  if (signedAtMs <= memory.floorMs) return false;
  if (taken.size >= memory.bound) {
    const [oldest, atMs] = taken.entries().next().value!;
    forget(memory, oldest, atMs);
    if (signedAtMs <= memory.floorMs) return false;
  }
  taken.set(nonce, signedAtMs);
  return true;
}

function forget(memory: NonceMemory, nonce: string, signedAtMs: number): void {
  memory.taken.delete(nonce);
  memory.floorMs = Math.max(memory.floorMs, signedAtMs);
}
