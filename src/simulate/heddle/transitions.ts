/** What the state plane decides, for the timeline of the report. */
import type { Monitor } from "../../core/monitor/monitor.ts";
import { collectEvents, type MonitorEvent } from "../../core/monitor/monitor-event.ts";
import type { MonitorScope } from "../../core/monitor/monitor-name.ts";
import type { ContenderWorld } from "../contender.ts";
import type { Transition } from "../result.ts";

export interface Outbox {
  readonly world: ContenderWorld;
  readonly scope: MonitorScope;
}

export function createOutbox(world: ContenderWorld, scope: MonitorScope): Outbox {
  return { world, scope };
}

/** Takes what the monitor has to tell since the last time. Constant time when that is nothing. */
export function takeTransitions({ world, scope }: Outbox, monitor: Monitor): void {
  collectEvents(monitor);
  if (monitor.events.length === 0) return;
  for (const event of monitor.events.splice(0)) {
    const change = changeOf(event);
    if (change !== null) world.onTransition({ atMs: event.atMs, endpoint: event.endpoint, scope, ...change });
  }
}

function changeOf(event: MonitorEvent): Pick<Transition, "to" | "cause"> | null {
  switch (event.type) {
    case "opened":
      return { to: "open", cause: event.cause };
    case "half-open":
      return { to: "half-open", cause: "" };
    case "closed":
      return { to: "closed", cause: event.cause };
    case "health":
      if (event.to === 0) return null;
      return event.to === 1 ? { to: "healthy", cause: "checks" } : { to: "unhealthy", cause: "checks" };
    case "degrading":
    case "recovered":
    case "saturating":
      return { to: event.type, cause: event.cause };
    case "not-ejected":
    case "not-enforced":
    case "check":
    case "told":
    case "override-ended":
    case "draining":
    case "drained":
    case "joined":
    case "left":
      return null;
  }
}
