/** Times and durations as people read and write them. */
import { formatDuration, parseDuration } from "../config/duration.ts";
import { CommandFailure } from "./failure.ts";

const DAY_MS = 24 * 3_600_000;

/** An instant in UTC to the second: "2026-11-21 14:03:05Z". */
export function instant(atMs: number): string {
  return new Date(atMs)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");
}

/**
 * A length of time by its two largest units: "3d4h", "2m5s", "0s" for less than a second and for what is negative.
 *
 * - `ms`: any number; Infinity is "for good".
 */
export function briefly(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return "for good";
  const whole = Math.max(0, Math.floor(ms / 1_000) * 1_000);
  if (whole >= DAY_MS) {
    const days = Math.floor(whole / DAY_MS);
    const hours = Math.floor((whole % DAY_MS) / 3_600_000);
    return `${days}d${hours === 0 ? "" : `${hours}h`}`;
  }
  const coarse = whole >= 3_600_000 ? 60_000 : 1_000;
  return formatDuration(Math.floor(whole / coarse) * coarse);
}

/** How long ago: "2m5s ago". */
export function ago(atMs: number, nowMs: number): string {
  return `${briefly(nowMs - atMs)} ago`;
}

/** A duration given to an option: as in the config, and days: "90d". Throws CommandFailure when it is none, or out of bounds. */
export function durationOption(option: string, text: string, minMs: number, maxMs: number): number {
  const days = /^([0-9]{1,4})d$/.exec(text);
  const ms = days === null ? parseDuration(text) : Number(days[1]) * DAY_MS;
  if (ms !== null && ms >= minMs && ms <= maxMs) return ms;
  const message = `--${option} is a duration from ${briefly(minMs)} to ${briefly(maxMs)}, not "${text}"`;
  throw new CommandFailure("usage", message, 'e.g. "90s", "30m", "1h30m", "7d"', 2);
}

/** An instant given to an option: a duration before `nowMs`, or an ISO 8601 date or time. Throws CommandFailure otherwise. */
export function sinceOption(option: string, text: string, nowMs: number): number {
  const days = /^([0-9]{1,4})d$/.exec(text);
  const ms = days === null ? parseDuration(text) : Number(days[1]) * DAY_MS;
  if (ms !== null) return nowMs - ms;
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  const message = `--${option} is a duration or a time, not "${text}"`;
  throw new CommandFailure("usage", message, 'e.g. "1h", "7d", "2026-11-21T14:00:00Z"', 2);
}
