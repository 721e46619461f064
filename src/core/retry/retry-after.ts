/** Longest Retry-After that is believed, ms. Envoy: rate_limited_retry_back_off.max_interval, 300 s. */
const MAX_RETRY_AFTER_MS = 300_000;

/**
 * Milliseconds a `Retry-After` value asks for, 0 when it asks for nothing that can be understood.
 *
 * - `value`: seconds or an HTTP date; null for none.
 * - `nowMs`: epoch, for dates.
 *
 * Never throws. Source: RFC 9110 §10.2.3.
 */
export function retryAfterMs(value: string | null, nowMs: number): number {
  if (value === null || value === "") return 0;
  const text = value.trim();
  const asked = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return asked > 0 ? Math.min(asked, MAX_RETRY_AFTER_MS) : 0;
}
