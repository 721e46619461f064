/**
 * Attempts that ended before anything was sent, because of something that this isolate lacks: a key, a token, a binding.
 *
 * The endpoint did nothing, so nobody else is told: its breaker and its health stay what they are, a probe that was lent goes
 * back unanswered. This isolate alone keeps away from it for a while, as after failures, since its next request would
 * fail in the same way; and since nothing was sent, the retry elsewhere takes nothing from the budget of retries. Not so where a
 * filter's secret is what is lacking: no endpoint would get it, and other rules have no need of it.
 */

/** Between two lines about the same lack, ms. */
const LOG_EVERY_MS = 60_000;
/** Lacks that are remembered. A mesh has few. */
const MAX_KNOWN = 256;

export type UnsentLog = Map<string, { count: number; loggedAtMs: number }>;

export function createUnsentLog(): UnsentLog {
  return new Map();
}

/** Writes one line a minute about the same lack. `why` holds no part of a secret. Never throws. */
export function noteUnsent(log: UnsentLog, service: string, endpoint: string, why: string, nowMs: number): void {
  const key = `${service}/${endpoint}: ${why}`;
  let known = log.get(key);
  if (known === undefined) {
    if (log.size >= MAX_KNOWN) log.clear();
    known = { count: 0, loggedAtMs: Number.NEGATIVE_INFINITY };
    log.set(key, known);
  }
  known.count += 1;
  if (nowMs - known.loggedAtMs < LOG_EVERY_MS) return;
  known.loggedAtMs = nowMs;
  console.error(JSON.stringify({ event: "attempt_not_sent", service, endpoint, why, count: known.count }));
}
