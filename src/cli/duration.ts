const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/**
 * Milliseconds of a GEP-2257 duration such as `"250ms"` or `"1m30s"`; null when `text` is not one.
 *
 * Source: Kubernetes Gateway API, GEP-2257.
 */
export function durationMs(text: string): number | null {
  if (!/^([0-9]{1,5}(h|m|s|ms)){1,4}$/.test(text)) return null;
  let total = 0;
  for (const [, digits, unit] of text.matchAll(/([0-9]+)(ms|h|m|s)/g)) total += Number(digits) * UNIT_MS[unit!]!;
  return total;
}
