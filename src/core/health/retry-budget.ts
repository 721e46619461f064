/**
 * The retry budget of the whole mesh: a share of all requests, published as the probability with which a wanted retry
 * may be made.
 *
 * A budget per client with a minimum (Finagle and Linkerd: 10 a second) is no budget with thousands of isolates: the
 * minimum alone permits tens of thousands of retries a second. Counting where everything is known and publishing a
 * probability has no such floor. The budget also shrinks to the slack that is left: retries are extra load, and at full
 * load every one displaces a request.
 */

import { addDecayed, createDecayedSums, type DecayedSums, readDecayed } from "../load/decayed-sum.ts";
import { NO_BUDGET_PERCENT } from "../retry/budget.ts";

/** Milliseconds: requests and wanted retries are compared over about this long. */
const TAU_MS = 5_000;
/** Retries that are always covered, so that the first failure of a quiet service is retried. */
const FREE_RETRIES = 0.2;

const REQUESTS = 0;
const WANTED = 1;

/** Mutable. */
export interface RetryCounts {
  readonly counts: DecayedSums;
}

export function createRetryCounts(): RetryCounts {
  return { counts: createDecayedSums(2, TAU_MS) };
}

/** Adds what a report says: requests, and first attempts whose failure a retry could mend. */
export function countRetries(retries: RetryCounts, requests: number, wanted: number, nowMs: number): void {
  addDecayed(retries.counts, REQUESTS, requests, nowMs);
  addDecayed(retries.counts, WANTED, wanted, nowMs);
}

/**
 * Probability 0..1 that a wanted retry may be made.
 *
 * - `percent`: the configured share of requests, 0..1000; 0 allows none, 1000 is no budget and allows all.
 * - `slackRatio`: spare capacity as a share of the demand, ≥ 0; Infinity when no limit is known.
 */
export function retryAllowance(retries: RetryCounts, percent: number, slackRatio: number, nowMs: number): number {
  if (percent >= NO_BUDGET_PERCENT) return 1;
  const ratio = Math.min(percent / 100, slackRatio);
  if (ratio <= 0) return 0;
  const requests = readDecayed(retries.counts, REQUESTS, nowMs);
  const wanted = readDecayed(retries.counts, WANTED, nowMs);
  return Math.min(1, (ratio * requests + FREE_RETRIES) / Math.max(1e-9, wanted));
}
