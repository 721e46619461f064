import type { MonitorEvent } from "../../../src/core/monitor/monitor-event.ts";
import { healthName } from "./names.ts";

/** What an event of a monitor says, for people. "" where its type says it all. */
export function eventText(event: MonitorEvent): string {
  switch (event.type) {
    case "opened":
      return `${event.cause}, for ${Math.round(event.forMs / 1_000)} s`;
    case "closed":
    case "not-enforced":
      return event.cause;
    case "not-ejected":
      return `${event.cause}, but ${event.why}`;
    case "health":
      return `${healthName(event.from)} → ${healthName(event.to)}`;
    case "check":
      return `${event.from} → ${event.to}${event.detail === "" ? "" : `: ${event.detail}`}`;
    case "told":
      return `${event.action}${event.by === "" ? "" : ` by ${event.by}`}${event.reason === "" ? "" : `: ${event.reason}`}`;
    case "override-ended":
      return event.action;
    case "joined":
    case "left":
      return event.address;
    default:
      return "";
  }
}
