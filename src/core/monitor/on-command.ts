/** An operator's command taken in by a root or a regional object. */
import { applyAllHealth, isWell } from "./health-sources.ts";
import type { Monitor } from "./monitor.ts";
import { recordEvent } from "./monitor-event.ts";
import { type Operated, operate } from "./operate.ts";
import { type CheckedCommand, describeTarget } from "./override.ts";
import { setOverrides } from "./told.ts";

/**
 * Puts a checked command in force, or says why not. The caller makes it durable before it answers. Linear in endpoints and
 * overrides. Never throws.
 *
 * - `id`: random, for the override that comes of it.
 */
export function onCommand(monitor: Monitor, command: CheckedCommand, id: string, nowMs: number): Operated {
  const { service, overrides, above } = monitor;
  const operated = operate({
    set: overrides.set,
    command,
    id,
    endpoints: service.endpoints,
    below: above === null ? [] : [above],
    isWell: (endpoint) => isWell(monitor, endpoint, nowMs),
    nowMs,
  });
  if (!operated.ok) return operated;
  const { set, override, cleared } = operated;
  setOverrides(monitor, set);
  const { action, by, reason } = command;
  for (const one of override === null ? cleared : [override]) {
    const endpoint = describeTarget(one.target);
    recordEvent(monitor, { atMs: nowMs, endpoint, type: "told", action, by, reason, id: one.id });
  }
  applyAllHealth(monitor, nowMs);
  return operated;
}
