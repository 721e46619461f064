/**
 * Durations as the Gateway API writes them: "250ms", "15s", "1m30s".
 *
 * Source: GEP-2257, Gateway API Duration Format.
 */

/** One to four numbers of at most five digits, each with its unit. Fractions, days and signs are not part of the format. */
export const DURATION_PATTERN = /^([0-9]{1,5}(h|m|s|ms)){1,4}$/;

const PART = /([0-9]+)(ms|h|m|s)/g;
const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** Milliseconds of `text`, or null when it is not a duration. Units may repeat and come in any order. Never throws. */
export function parseDuration(text: string): number | null {
  if (!DURATION_PATTERN.test(text)) return null;
  let sumMs = 0;
  for (const [, amount, unit] of text.matchAll(PART)) sumMs += Number(amount) * UNIT_MS[unit!]!;
  return sumMs;
}

/** The same for text that was validated before. Throws on anything else: that is a bug in the caller. */
export function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new Error(`not a duration: ${JSON.stringify(text)}`);
  return ms;
}

/**
 * Writes milliseconds as a duration, largest units first: 90000 is "1m30s", 0 is "0s".
 *
 * - `ms`: a whole number ≥ 0, below 100,000 hours (what the format can hold).
 */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = "";
  for (const [unit, unitMs] of Object.entries(UNIT_MS)) {
    const amount = Math.floor(rest / unitMs);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * unitMs;
  }
  return text === "" ? "0s" : text;
}
