/** An operator's command to a monitor: durable before it is answered. */
import type { Monitor } from "../../src/core/monitor/monitor.ts";
import { onCommand } from "../../src/core/monitor/on-command.ts";
import { checkCommand, type OperatorCommand } from "../../src/core/monitor/override.ts";
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
  const operated = onCommand(monitor, check.command, id, nowMs);
  if (!operated.ok) return operated;
  const { set, override, cleared, impact, warning } = operated;
  keep(storage, "overrides", set);
  return { ok: true, override, cleared, impact, warning };
}
