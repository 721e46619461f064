/** Which probes to send now, of all endpoints and checks of a service, and when to look again. */
import type { CheckState } from "./active-check.ts";

/** Probes in flight at once. A Worker invocation has six connections that may wait for an answer. */
export const MAX_PROBES_IN_FLIGHT = 6;

/** One check of one endpoint, by index. */
export interface ProbeTask {
  readonly endpoint: number;
  readonly check: number;
}

/**
 * The probes that are due, longest overdue first, at most `limit`. Linear in the checks. Never throws.
 *
 * - `states[endpoint][check]`.
 * - `isInFlight`: those are left out.
 */
export function dueProbes(
  states: readonly (readonly CheckState[])[],
  isInFlight: (task: ProbeTask) => boolean,
  nowMs: number,
  limit: number,
): readonly ProbeTask[] {
  const due: { task: ProbeTask; dueMs: number }[] = [];
  for (const [endpoint, checks] of states.entries()) {
    for (const [check, { dueMs }] of checks.entries()) {
      const task = { endpoint, check };
      if (dueMs <= nowMs && !isInFlight(task)) due.push({ task, dueMs });
    }
  }
  due.sort((a, b) => a.dueMs - b.dueMs);
  return due.slice(0, Math.max(0, limit)).map(({ task }) => task);
}

/** When the next probe is due; Infinity without checks. In-flight ones are left out. Never throws. */
export function nextProbeMs(
  states: readonly (readonly CheckState[])[],
  isInFlight: (task: ProbeTask) => boolean,
): number {
  let next = Number.POSITIVE_INFINITY;
  for (const [endpoint, checks] of states.entries()) {
    for (const [check, { dueMs }] of checks.entries()) {
      if (dueMs < next && !isInFlight({ endpoint, check })) next = dueMs;
    }
  }
  return next;
}
