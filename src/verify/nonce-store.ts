/** What was taken before. One of one's own, over a shared memory, makes a request good once for all instances of an origin. */
export interface NonceStore {
  /** True the first time, false for a repetition, and false when no more can be remembered. `untilMs`: epoch, the last at which it is good. */
  take(nonce: string, untilMs: number, nowMs: number): boolean | Promise<boolean>;
}

/**
 * In this process. Full of nonces that are still good, it takes no more: forgetting one would let it be repeated.
 *
 * - `maxNonces`: 1 or more. Default 100,000.
 */
export function createNonceStore(maxNonces = 100_000): NonceStore {
  const until = new Map<string, number>();
  let sweptAtMs = Number.NEGATIVE_INFINITY;
  return {
    take(nonce, untilMs, nowMs) {
      const known = until.get(nonce);
      if (known !== undefined && known >= nowMs) return false;
      // At most once a second, so that a full store costs no look through it for each request.
      if (until.size >= maxNonces && nowMs - sweptAtMs >= 1_000) {
        sweptAtMs = nowMs;
        for (const [one, endMs] of until) if (endMs < nowMs) until.delete(one);
      }
      if (until.size >= maxNonces) return false;
      until.set(nonce, untilMs);
      return true;
    },
  };
}
