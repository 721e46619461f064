/**
 * The log of refusals, with the evidence that the downstream does not get. Bounded: a mesh in trouble must not drown in
 * its own complaints, so at most so many lines a second are written, and the next one says how many were left out.
 */
import type { Refusal } from "../core/refusal.ts";
import { jsonLine } from "../telemetry/log/json-line.ts";

const LINES_PER_SECOND = 10;

export interface RefusalLog {
  secondMs: number;
  lines: number;
  leftOut: number;
}

export function createRefusalLog(): RefusalLog {
  return { secondMs: 0, lines: 0, leftOut: 0 };
}

/** Writes one line of JSON, or counts it as left out. Never throws. */
export function logRefusal(log: RefusalLog, refusal: Refusal, requestId: string, nowMs: number): void {
  if (nowMs - log.secondMs >= 1_000) {
    log.secondMs = nowMs;
    log.lines = 0;
  }
  if (log.lines >= LINES_PER_SECOND) {
    log.leftOut += 1;
    return;
  }
  log.lines += 1;
  console.warn(jsonLine({ event: "refused", ...refusal, requestId, leftOut: log.leftOut }));
  log.leftOut = 0;
}
