/**
 * Takes out endpoints that do not answer at all, on less evidence than the score asks for (suspicion.ts).
 *
 * Isolates leave an endpoint after its first failures, each for longer than the last time. So of one that is dead only a
 * few failures are ever seen, and the score, which asks for six, is reached late or never. Then nobody lends the probes
 * that would find it well again; it waits for an exploring request now and then, each weighed against all its failures.
 * Two connections refused or broken in a row, over all reporters, or four requests left waiting, and no good answer for a
 * second are enough: an endpoint that fails one request in five gives good answers all the time.
 *
 * Answers with an error do not count: a request that breaks every endpoint it meets must not take them out one by one.
 */
import type { ReportDelta } from "../protocol.ts";
import type { Coordinator } from "./coordinator-state.ts";
import { eject } from "./ejecting.ts";

/** What a refused or broken connection counts, beside a request left waiting: the latter may be slow by itself. */
const BROKEN_SCORE = 2;
/** Score at which the silence counts. */
const SILENCE_SCORE = 4;
/** Milliseconds without a good answer. Reports of busy isolates come every second, those of failures at once. */
const SILENT_MS = 1_000;

/** Takes in what a report says of an endpoint, at its position `i`. Constant time. */
export function noteSilence(c: Coordinator, endpoint: number, delta: ReportDelta, i: number): void {
  const waiting = c.capacity.congested[endpoint] === 1 ? 0 : delta.timeouts[i]! + delta.gateway5xx[i]!;
  const score = BROKEN_SCORE * (delta.connectFailures[i]! + delta.resets[i]!) + waiting;
  if (delta.ok[i]! > 0) c.silenceScore[endpoint] = Math.min(score, BROKEN_SCORE * delta.trailingFailures[i]!);
  else c.silenceScore[endpoint]! += score;
}

/** Ejects what has been silent for long enough. Linear in the endpoints; not in failover mode time-window. */
export function watchSilence(c: Coordinator, nowMs: number): void {
  if (!c.service.circuitBreaker.enabled || c.failures !== null) return;
  for (let e = 0; e < c.size; e++) {
    if (c.silenceScore[e]! < SILENCE_SCORE || c.breakers[e]!.state !== "closed") continue;
    const silentMs = nowMs - c.latency.lastOkAtMs[e]!;
    if (silentMs >= SILENT_MS) eject(c, e, `failures, and ${silence(silentMs)}`, nowMs);
  }
}

/** For people. One that never answered well has been silent forever. */
function silence(silentMs: number): string {
  return Number.isFinite(silentMs) ? `no good answer for ${Math.round(silentMs)} ms` : "no good answer yet";
}
