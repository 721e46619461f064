import type { Mesh } from "../../core/mesh.ts";
import {
  type HealingHook,
  type NotificationTarget,
  PAGERDUTY_URL,
  type Receiver,
} from "../../core/mesh-notifications.ts";
import { durationMs } from "../duration.ts";
import type { MeshConfig } from "../schema/mesh.ts";
import type { HealingHookConfig, NotificationConfig } from "../schema/notifications.ts";

/** Who is told and what is called, as fields of the mesh; none where the config has none. */
export function compileNotifications({
  notifications,
  services,
}: Pick<MeshConfig, "notifications" | "services">): Pick<Mesh, "notifications" | "selfHealing"> {
  const healing = Object.entries(services).flatMap(([service, { selfHealing }]) =>
    selfHealing.length === 0 ? [] : [{ service, hooks: selfHealing.map(compileHook) }],
  );
  return {
    ...(notifications.length > 0 && { notifications: notifications.map(compileTarget) }),
    ...(healing.length > 0 && { selfHealing: healing }),
  };
}

function compileTarget(config: NotificationConfig): NotificationTarget {
  const { name, type, events, severity, services, hold, clear, flaps, flapWindow, maxPerMinute } = config;
  const receiver = compileReceiver(config);
  return {
    name,
    type,
    ...receiver,
    ...(type === "pagerduty" && receiver.url === "" && receiver.urlFrom === "" && { url: PAGERDUTY_URL }),
    events: [...new Set(events)],
    severity,
    services: [...new Set(services)],
    holdMs: durationMs(hold),
    clearMs: durationMs(clear),
    flaps,
    flapWindowMs: durationMs(flapWindow),
    maxPerMinute,
  };
}

function compileHook(config: HealingHookConfig): HealingHook {
  const { name, on, afterFor, cooldown, maxPerHour, dryRun } = config;
  return {
    name,
    on,
    ...compileReceiver(config),
    afterMs: durationMs(afterFor),
    cooldownMs: durationMs(cooldown),
    maxPerHour,
    dryRun,
  };
}

function compileReceiver({
  url = "",
  urlFrom = "",
  secret = "",
}: Pick<NotificationConfig, "url" | "urlFrom" | "secret">): Receiver {
  return { url, urlFrom, secret };
}
