import type { BodyPace } from "../mesh.ts";

/**
 * How slowly a body may come that is read whole before anything is sent, where a rule says nothing of it. What streams is the
 * endpoint's to judge.
 *
 * Source: Apache mod_reqtimeout, `body=20,MinRate=500`, as the defaults of `bounds`.
 */
export const DEFAULT_BODY_PACE: BodyPace = { timeoutMs: 300_000, graceMs: 20_000, minBytesPerSecond: 500 };

/** How long a body of which so much came may have been waited for, ms; Infinity: for ever. */
export function allowedMs({ timeoutMs, graceMs, minBytesPerSecond }: BodyPace, bytes: number): number {
  const byPace = minBytesPerSecond === 0 ? Number.POSITIVE_INFINITY : graceMs + (1_000 * bytes) / minBytesPerSecond;
  return timeoutMs === 0 ? byPace : Math.min(byPace, timeoutMs);
}
