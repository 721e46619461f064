/** An operator's command to a monitor: durable before it is answered. */
import { applyAllHealth, isWell } from "../../src/core/monitor/health-sources.ts";
import type { Monitor } from "../../src/core/monitor/monitor.ts";
import { recordEvent } from "../../src/core/monitor/monitor-event.ts";
import { operate } from "../../src/core/monitor/operate.ts";
import { checkCommand, describeTarget, type OperatorCommand } from "../../src/core/monitor/override.ts";
import { setOverrides } from "../../src/core/monitor/told.ts";
import type { OperateReply } from "./replies.ts";
import { keep } from "./storage.ts";

/**
 * Takes in the command, or says why not. Never throws for what is in it.
 *
 * - `id`: random, for the override that comes of it.
 */
export function operateMonitor(
  monitor: Monitor,
  value: OperatorCommand,
  id: string,
  storage: DurableObjectStorage,
  nowMs: number,
): OperateReply {
  const check = checkCommand(value);
  if (!check.ok) return { ok: false, error: "invalid_command", detail: check.detail };
  if (monitor.shard !== null) {
    const detail = "a shard takes no commands: tell its regional object or the root";
    return { ok: false, error: "not_configured", detail };
  }
  const { command } = check;
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
  const { set, override, cleared, impact, warning } = operated;
  keep(storage, "overrides", set);
  setOverrides(monitor, set);
  applyAllHealth(monitor, nowMs);
  const { by, reason } = command;
  const said = { atMs: nowMs, type: "told", action: command.action, by, reason } as const;
  if (override !== null) recordEvent(monitor, { ...said, endpoint: describeTarget(override.target), id: override.id });
  else for (const one of cleared) recordEvent(monitor, { ...said, endpoint: describeTarget(one.target), id: one.id });
  return { ok: true, override, cleared, impact, warning };
}
