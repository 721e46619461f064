/** What a monitor decided, for its series. */
import type { MonitorEvent } from "../monitor/monitor-event.ts";
import { ejectionCause } from "./ejection-cause.ts";
import { addCount, type Series } from "./series.ts";

/** Counts an event of a breaker; others are not counted. Never throws. */
export function countEvent(series: Series, event: MonitorEvent): void {
  const { endpoint, atMs } = event;
  switch (event.type) {
    case "opened":
      addCount(series, "ejections", [endpoint, ejectionCause(event.cause)], 1, atMs);
      addCount(series, "transitions", [endpoint, "open"], 1, atMs);
      return;
    case "half-open":
    case "closed":
      addCount(series, "transitions", [endpoint, event.type.replace("-", "_")], 1, atMs);
      return;
    default:
      return;
  }
}
