/** What happened lately, for `explain`, state dumps and dashboards. */

import type { Verdict } from "../health/active-check.ts";
import { drainEvents, type HealthEvent } from "../health/coordinator.ts";
import type { Action } from "./directives.ts";
import type { Monitor } from "./monitor.ts";

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
      | { readonly type: "told"; readonly action: Action; readonly by: string }
    ));

/** Events kept; the oldest go first. */
const MAX_EVENTS = 200;

/** Adds an event, after those the coordinator has to tell. */
export function recordEvent(monitor: Monitor, event: MonitorEvent): void {
  collectEvents(monitor);
  monitor.events.push(event);
  trim(monitor);
}

/** Takes over what the coordinator has to tell. */
export function collectEvents(monitor: Monitor): void {
  const events = drainEvents(monitor.coordinator);
  if (events.length === 0) return;
  monitor.events.push(...events);
  trim(monitor);
}

function trim({ events }: Monitor): void {
  if (events.length > MAX_EVENTS) events.splice(0, events.length - MAX_EVENTS);
}
