/** What happened lately, for `explain`, state dumps and dashboards. */

import type { Verdict } from "../health/active-check.ts";
import { drainEvents, type HealthEvent } from "../health/coordinator.ts";
import { countEvent } from "../traffic/count-event.ts";
import type { Monitor } from "./monitor.ts";
import type { OverrideAction } from "./override.ts";

export type MonitorEvent =
  | HealthEvent
  | ({ readonly atMs: number; readonly endpoint: string } & (
      | {
          readonly type: "check";
          readonly check: number;
          readonly from: Verdict;
          readonly to: Verdict;
          readonly detail: string;
        }
      /** A detector fired and the enforcing percentage let it pass. */
      | { readonly type: "not-enforced"; readonly cause: string }
      /** More arrives than it finishes, and it finishes no more: figures per second, as this object sees them. */
      | {
          readonly type: "saturating";
          readonly severity: "warning";
          readonly cause: string;
          readonly arrivingRps: number;
          readonly capacityRps: number;
          readonly inFlight: number;
        }
      /** An operator's word; `endpoint` is its target as people write it. */
      | {
          readonly type: "told";
          readonly action: OverrideAction | "clear";
          readonly by: string;
          readonly reason: string;
          readonly id: string;
        }
      /** An override ended by itself. */
      | { readonly type: "override-ended"; readonly action: OverrideAction; readonly id: string }
      /** Taken out with requests left there; and none for a while. */
      | { readonly type: "draining" }
      | { readonly type: "drained" }
      /** Joined or left the service; `endpoint` says which. */
      | { readonly type: "joined"; readonly address: string }
      | { readonly type: "left"; readonly address: string }
    ));

/** Numbers rise, from one life of the object to the next too: a cursor. */
export type NumberedEvent = MonitorEvent & { readonly n: number };

/** Events kept; the oldest go first. */
const MAX_EVENTS = 200;

/** Adds an event, after those the coordinator has to tell. */
export function recordEvent(monitor: Monitor, event: MonitorEvent): void {
  collectEvents(monitor);
  push(monitor, event);
  trim(monitor);
}

/** Takes over what the coordinator has to tell. */
export function collectEvents(monitor: Monitor): void {
  const events = drainEvents(monitor.coordinator);
  if (events.length === 0) return;
  for (const event of events) push(monitor, event);
  trim(monitor);
}

/** Numbers start at the time, in thousandths of a millisecond: a life that begins later has the higher ones. */
function push({ events, startedAtMs, series }: Monitor, event: MonitorEvent): void {
  countEvent(series, event);
  const n = Math.max((events.at(-1)?.n ?? Math.floor(startedAtMs) * 1_000) + 1, Math.floor(event.atMs) * 1_000);
  events.push({ ...event, n });
}

function trim({ events }: Monitor): void {
  if (events.length > MAX_EVENTS) events.splice(0, events.length - MAX_EVENTS);
}
