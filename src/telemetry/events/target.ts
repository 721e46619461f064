/** What a target wants to hear, and how soon. */
import type { HealingHook, NotificationTarget } from "../../core/mesh-notifications.ts";
import { isAsBad, type MeshEvent } from "./event.ts";
import type { IncidentParams } from "./incident.ts";

/** A target of notifications, or a hook that heals. */
export type Target =
  | { readonly kind: "notify"; readonly id: string; readonly settings: NotificationTarget }
  | { readonly kind: "heal"; readonly id: string; readonly service: string; readonly settings: HealingHook };

/** A breaker that half-opens and opens again is in the same outage. */
const HEALING_CLEAR_MS = 30_000;

export function notifyTarget(settings: NotificationTarget): Target {
  return { kind: "notify", id: `notify/${settings.name}`, settings };
}

export function healTarget(service: string, settings: HealingHook): Target {
  return { kind: "heal", id: `heal/${service}/${settings.name}`, service, settings };
}

/** Whether an event is for a target. An end is for whoever heard of the beginning, whatever this says. */
export function wants(target: Target, event: MeshEvent): boolean {
  if (target.kind === "heal") return heals(target, event);
  const { events, severity, services, name } = target.settings;
  // Of itself it would hear when it can hear again.
  if (event.key === targetKey(name)) return false;
  const isOfType = events.length === 0 || events.includes(event.type);
  const isOfService = services.length === 0 || (event.service !== null && services.includes(event.service));
  return isOfType && isOfService && isAsBad(event.severity, severity);
}

function heals({ service, settings }: Extract<Target, { kind: "heal" }>, event: MeshEvent): boolean {
  if (event.service !== service || event.resolved !== false) return false;
  switch (settings.on) {
    case "ejected":
      return event.key.startsWith("ejection/");
    case "unhealthy":
      return event.key.startsWith("health/");
    case "down":
      return event.key.startsWith("failover/") && event.severity === "critical";
  }
}

export function incidentParams(target: Target): IncidentParams {
  if (target.kind === "heal") {
    return { holdMs: target.settings.afterMs, clearMs: HEALING_CLEAR_MS, flaps: 0, flapWindowMs: HEALING_CLEAR_MS };
  }
  const { holdMs, clearMs, flaps, flapWindowMs } = target.settings;
  return { holdMs, clearMs, flaps, flapWindowMs };
}

/** Of events about a target that cannot be reached. */
export function targetKey(name: string): string {
  return `notification/${name}`;
}
