/** Durations of a rule, held to what a config may say. */
import { durationMs, formatDuration } from "../../config/duration.ts";
import type { Lost } from "./filters.ts";
import type { HttpRule } from "./resources/http-route.ts";

/** Longest timeout that a config may name, and what a request may take when nothing is said. */
const MAX_TIMEOUT_MS = 3_600_000;
const DEFAULT_REQUEST_MS = 15_000;

/**
 * An attempt that the rule does not limit may take as long as the request; a request is not limited where one attempt may
 * take longer than requests may by default.
 */
export function convertTimeouts({ request, backendRequest }: NonNullable<HttpRule["timeouts"]>, path: string) {
  const lost: Lost[] = [];
  const bounded = (text: string, field: string): string => {
    if (durationMs(text) <= MAX_TIMEOUT_MS) return text;
    lost.push(
      changed(`${path}.${field}`, `${text} is longer than an hour, the longest there may be: no limit instead`),
    );
    return "0s";
  };
  const attempt = bounded(backendRequest ?? "0s", "backendRequest");
  const isLong = request === undefined && durationMs(attempt) > DEFAULT_REQUEST_MS;
  const whole = isLong ? "0s" : request === undefined ? undefined : bounded(request, "request");
  return { config: { ...(whole !== undefined && { request: whole }), backendRequest: attempt }, lost };
}

/** - `minMs`, `maxMs`: whole milliseconds. */
export function clampDuration(text: string, minMs: number, maxMs: number, path: string, lost: Lost[]): string {
  const ms = durationMs(text);
  if (ms >= minMs && ms <= maxMs) return text;
  const held = formatDuration(Math.min(Math.max(ms, minMs), maxMs));
  lost.push(
    changed(path, `${text} is not between ${formatDuration(minMs)} and ${formatDuration(maxMs)}: ${held} instead`),
  );
  return held;
}

/** Something that is carried over otherwise than it was. */
export function changed(path: string, message: string): Lost {
  return { path, reason: "UnsupportedValue", message, isReference: false, isChanged: true };
}
