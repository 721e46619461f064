/**
 * An isolate's own part of the retry budget: a bucket that fills with a share of its requests.
 *
 * The budget that counts is the mesh's (the probability in the snapshot). This bucket only bounds what one isolate can
 * do between two snapshots, or when there is none. It holds ten seconds' worth of its own traffic, as Finagle's does,
 * and starts with a few tokens, so that the first failure a new isolate sees is retried. Unlike Finagle's it does not
 * fill by time: a minimum per second, times thousands of isolates, would be no budget.
 *
 * Source: twitter/finagle service/RetryBudget.scala (ratio, ten seconds).
 */

/** Ten attempts for every request, the most that a policy may ask for: whoever says so wants no budget. */
export const NO_BUDGET_PERCENT = 1_000;

/** Retries a new isolate may make at once, with the default of 20 percent. */
const INITIAL_TOKENS = 5;
/** Milliseconds of traffic that an unused budget is kept for. */
const TTL_MS = 10_000;

/** Mutable. */
export interface RetryBucket {
  /** Tokens that one request adds, 0..1. */
  readonly perRequest: number;
  tokens: number;
  /** Requests of the running ten seconds, and of the ones before: what the bucket may hold. */
  requests: number;
  requestsBefore: number;
  periodStartMs: number;
}

/** `percent`: retries as a share of requests, 0..1000; 0 never allows one, 1000 covers every one. */
export function createRetryBucket(percent: number, nowMs: number): RetryBucket {
  const tokens = percent > 0 ? INITIAL_TOKENS : 0;
  return { perRequest: percent / 100, tokens, requests: 0, requestsBefore: 0, periodStartMs: nowMs };
}

/** Counts a request. Constant time, does not allocate. */
export function depositRequest(bucket: RetryBucket, nowMs: number): void {
  if (nowMs - bucket.periodStartMs >= TTL_MS) {
    const missed = nowMs - bucket.periodStartMs >= 2 * TTL_MS;
    bucket.requestsBefore = missed ? 0 : bucket.requests;
    bucket.requests = 0;
    bucket.periodStartMs = nowMs;
  }
  bucket.requests++;
  if (bucket.perRequest <= 0) return;
  const most = Math.max(INITIAL_TOKENS, bucket.perRequest * Math.max(bucket.requests, bucket.requestsBefore));
  bucket.tokens = Math.min(most, bucket.tokens + bucket.perRequest);
}

/** Takes a token for a retry; false when there is none. Always true without a budget. */
export function withdrawRetry(bucket: RetryBucket): boolean {
  if (bucket.perRequest >= NO_BUDGET_PERCENT / 100) return true;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}
