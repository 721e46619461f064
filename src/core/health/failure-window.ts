/**
 * Failures within a sliding window, by endpoint: ten slots of a tenth of the window each, so that the count is exact to
 * a tenth and costs no list of times.
 */

const SLOTS = 10;

/** Mutable. */
export interface FailureWindow {
  readonly slotMs: number;
  /** By `endpoint * SLOTS + slot`. */
  readonly slotNumber: Float64Array;
  readonly counts: Float64Array;
}

/** An empty window. `windowMs` > 0. */
export function createFailureWindow(size: number, windowMs: number): FailureWindow {
  return {
    slotMs: Math.max(1, windowMs / SLOTS),
    slotNumber: new Float64Array(size * SLOTS).fill(-1),
    counts: new Float64Array(size * SLOTS),
  };
}

/** Adds failures that happened now. Never allocates. */
export function addFailures(window: FailureWindow, endpoint: number, failures: number, nowMs: number): void {
  const number = Math.floor(nowMs / window.slotMs);
  const slot = endpoint * SLOTS + (number % SLOTS);
  if (window.slotNumber[slot] !== number) {
    window.slotNumber[slot] = number;
    window.counts[slot] = 0;
  }
  window.counts[slot]! += failures;
}

/** Failures within the window that ends now. Constant time. */
export function failuresInWindow(window: FailureWindow, endpoint: number, nowMs: number): number {
  const oldest = Math.floor(nowMs / window.slotMs) - SLOTS;
  let sum = 0;
  for (let slot = endpoint * SLOTS; slot < (endpoint + 1) * SLOTS; slot++) {
    if (window.slotNumber[slot]! > oldest) sum += window.counts[slot]!;
  }
  return sum;
}

/** An endpoint's failures go to another window, if its slots are as long. Never allocates. */
export function copyFailures(from: FailureWindow, endpoint: number, to: FailureWindow, target: number): void {
  if (from.slotMs !== to.slotMs) return;
  for (let slot = 0; slot < SLOTS; slot++) {
    to.slotNumber[target * SLOTS + slot] = from.slotNumber[endpoint * SLOTS + slot]!;
    to.counts[target * SLOTS + slot] = from.counts[endpoint * SLOTS + slot]!;
  }
}

/** Forgets an endpoint's failures. */
export function clearFailures(window: FailureWindow, endpoint: number): void {
  window.counts.fill(0, endpoint * SLOTS, (endpoint + 1) * SLOTS);
}
