import { formatDuration, parseDuration } from "../../config/duration.ts";

/**
 * Milliseconds as Heddle writes durations: whole ones, at least one unless it is none at all.
 *
 * - `ms`: ≥ 0, may have fractions.
 * - `bounds`: what the field takes, as durations; a value beyond them is moved to the nearer one.
 *
 * `changed` says so in a sentence when the result is not the same time. Never throws.
 */
export function boundedDuration(
  ms: number,
  bounds: { readonly min: string; readonly max: string },
): { readonly text: string; readonly changed: string | null } {
  const whole = ms === 0 ? 0 : Math.max(1, Math.round(ms));
  const least = parseDuration(bounds.min) ?? 0;
  const most = parseDuration(bounds.max) ?? Number.POSITIVE_INFINITY;
  const kept = Math.min(most, Math.max(least, whole));
  const text = formatDuration(kept);
  if (kept === ms) return { text, changed: null };
  const why = kept === whole ? "whole milliseconds only" : `the range is ${bounds.min} to ${bounds.max}`;
  return { text, changed: `becomes ${text}: ${why}` };
}
