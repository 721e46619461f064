/** When what could not be delivered is tried again. Pure. */

/** Twice as long each time, up to five minutes. */
const FIRST_MS = 1_000;
const MAX_MS = 300_000;

/**
 * The wait before the next attempt, with jitter: between half of it and all of it, so that what failed together is not
 * tried together.
 *
 * - `failures`: in a row, ≥ 1.
 * - `askedForMs`: what the receiver asked for by Retry-After; 0 for nothing. It is kept, up to the maximum.
 * - `rng`: uniform in [0, 1).
 */
export function retryInMs(failures: number, askedForMs: number, rng: () => number): number {
  const fullMs = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(20, failures - 1));
  return Math.max(fullMs * (0.5 + rng() / 2), Math.min(MAX_MS, askedForMs));
}

/** What an answer means. Statuses that say "not now" or "we are broken" are tried again; others would be the same again. */
export function verdictOf(status: number): "delivered" | "retry" | "refused" {
  if (status >= 200 && status < 300) return "delivered";
  return status === 408 || status === 425 || status === 429 || status >= 500 ? "retry" : "refused";
}

/** Retry-After in seconds or as a date, in milliseconds from `nowMs`; 0 for none, or one that is not understood. */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const isSeconds = /^\d{1,9}$/.test(header.trim());
  // Dates begin with the day's name; the platform's parser would find years in anything.
  const dateMs = /^[A-Z][a-z]/.test(header) ? Date.parse(header) - nowMs : 0;
  const ms = isSeconds ? Number(header) * 1_000 : dateMs;
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}
