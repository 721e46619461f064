/**
 * How many failed attempts a key may have in a minute. A secret of 256 bits cannot be guessed; the limit keeps those who
 * try from costing anything, and makes them visible.
 *
 * Windows are fixed: simple, one number each, and at worst twice the limit passes around the turn of a minute. Memory is
 * bounded: when there are too many keys, those whose window began first are forgotten.
 */

/** Failures in one window before a key is refused. A person who pastes the wrong token has tries enough. */
export const MAX_FAILURES = 10;
export const FAILURE_WINDOW_MS = 60_000;
/** About 1 MB. */
const MAX_KEYS = 10_000;

export class FailureLimit {
  readonly #maxFailures: number;
  readonly #maxKeys: number;
  /** In the order in which their windows began. */
  readonly #windows = new Map<string, { readonly sinceMs: number; failures: number }>();

  constructor(maxFailures: number = MAX_FAILURES, maxKeys: number = MAX_KEYS) {
    this.#maxFailures = maxFailures;
    this.#maxKeys = maxKeys;
  }

  /** For how long a key is refused, ms; 0: it is not. A read. */
  refusedForMs(key: string, nowMs: number): number {
    const window = this.#windows.get(key);
    if (window === undefined || window.failures < this.#maxFailures) return 0;
    return Math.max(0, window.sinceMs + FAILURE_WINDOW_MS - nowMs);
  }

  /** Counts a failure. Constant time but for what is forgotten. */
  onFailure(key: string, nowMs: number): void {
    const window = this.#windows.get(key);
    if (window !== undefined && nowMs < window.sinceMs + FAILURE_WINDOW_MS) {
      window.failures += 1;
      return;
    }
    this.#windows.delete(key);
    this.#windows.set(key, { sinceMs: nowMs, failures: 1 });
    if (this.#windows.size > this.#maxKeys) this.#windows.delete(this.#windows.keys().next().value!);
  }

  get size(): number {
    return this.#windows.size;
  }
}

/** What failures of a client are counted under: IPv4 whole, of IPv6 the /64 that one subscriber has. Never throws. */
export function addressKey(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address.slice(0, 64);
  const [left = "", right] = address.toLowerCase().split("::");
  const head = left === "" ? [] : left.split(":");
  const tail = right === undefined || right === "" ? 0 : right.split(":").length;
  const zeros = right === undefined ? 0 : Math.max(0, 8 - head.length - tail);
  const words = [...head, ...new Array<string>(zeros).fill("0"), ...(right ?? "").split(":")];
  const prefix = words.slice(0, 4).map((word) => word.replace(/^0+(?=.)/, ""));
  return prefix.join(":").slice(0, 64);
}
