/** What a monitor noticed, as an event. */

import type { NumberedEvent } from "../../core/monitor/monitor-event.ts";
import { parseMonitorName } from "../../core/monitor/monitor-name.ts";
import type { HealthCode } from "../../core/protocol.ts";
import type { Cause, MeshEvent } from "./event.ts";
import { healthName } from "./names.ts";

/** What differs from one type to another. */
type Telling = Pick<MeshEvent, "type" | "severity" | "summary" | "key" | "resolved"> & { readonly cause: Cause };

/**
 * The event that a monitor's event is. Never throws.
 *
 * - `monitor`: the monitor's name, `<service>/<scope>`; it is in the id, as each monitor counts for itself.
 */
export function fromMonitorEvent(monitor: string, event: NumberedEvent): MeshEvent {
  const parts = parseMonitorName(monitor);
  const service = parts?.service ?? monitor;
  const scope = parts?.scope ?? "root";
  const region = ("region" in event ? event.region : null) ?? (scope === "root" ? null : scope);
  const told = tellingOf(event, service, region);
  return {
    id: `${service}:${scope}:${event.n}`,
    atMs: event.atMs,
    service,
    endpoint: event.endpoint,
    region,
    ...told,
  };
}

function tellingOf(event: NumberedEvent, service: string, region: string | null): Telling {
  const { endpoint } = event;
  const who = `${endpoint} of ${service}`;
  const where = region === null ? "" : ` in ${region}`;
  const about = `${service}/${endpoint}`;
  switch (event.type) {
    case "opened": {
      const { cause, forMs, ejections } = event;
      return {
        type: "ejection",
        severity: "warning",
        summary: `${who} was ejected${where} for ${seconds(forMs)}: ${cause}`,
        cause: { cause, forMs, ejections },
        key: `ejection/${about}`,
        resolved: false,
      };
    }
    case "half-open":
      return {
        type: "breaker",
        severity: "info",
        summary: `the breaker of ${who} is half-open${where}: probes may pass`,
        cause: { state: "half-open" },
        key: `breaker/${about}`,
      };
    case "closed":
      return {
        type: "recovery",
        severity: "info",
        summary: `${who} takes traffic again${where}: ${event.cause}`,
        cause: { cause: event.cause },
        key: `ejection/${about}`,
        resolved: true,
      };
    case "not-ejected":
      return {
        type: "breaker",
        severity: "warning",
        summary: `${who} should be ejected${where} for ${event.cause}, and is not: ${event.why}`,
        cause: { cause: event.cause, why: event.why },
        key: `not-ejected/${about}`,
      };
    case "degrading": {
      const { by, slowerPercent, excessFailureRatio } = event.evidence;
      return {
        type: "degrading",
        severity: "warning",
        summary: `${who} is degrading${where}: ${event.cause}`,
        cause: { cause: event.cause, by, slowerPercent, excessFailureRatio },
        key: `degrading/${about}`,
        resolved: false,
      };
    }
    case "recovered":
      return {
        type: "recovery",
        severity: "info",
        summary: `${who} is no longer degrading${where}: ${event.cause}`,
        cause: { cause: event.cause, forMs: event.forMs },
        key: `degrading/${about}`,
        resolved: true,
      };
    case "saturating":
      return {
        type: "degrading",
        severity: "warning",
        summary: `${who} is about to be full${where}: ${event.cause}`,
        cause: { arrivingRps: event.arrivingRps, capacityRps: event.capacityRps, inFlight: event.inFlight },
        key: `saturating/${about}`,
      };
    case "not-enforced":
      return {
        type: "breaker",
        severity: "info",
        summary: `${who} would be ejected${where} for ${event.cause}; the config does not enforce it`,
        cause: { cause: event.cause },
        key: `not-enforced/${about}`,
      };
    case "health":
      return healthTelling(event.from, event.to, who, where, about);
    case "check":
      return {
        type: "check",
        severity: "info",
        summary: `a check of ${who} went from ${event.from} to ${event.to}${where}${event.detail === "" ? "" : `: ${event.detail}`}`,
        cause: { check: event.check, from: event.from, to: event.to, detail: event.detail },
        key: `probe/${about}/${event.check}`,
      };
    case "told":
      return {
        type: "told",
        severity: "info",
        summary: `${event.action} ${who}${event.by === "" ? "" : `, by ${event.by}`}${event.reason === "" ? "" : `: ${event.reason}`}`,
        cause: { action: event.action, by: event.by, reason: event.reason, override: event.id },
        key: `told/${about}`,
      };
    case "override-ended":
      return {
        type: "told",
        severity: "info",
        summary: `${event.action} ${who} has ended by itself`,
        cause: { action: event.action, override: event.id },
        key: `told/${about}`,
      };
    case "draining":
    case "drained":
      return {
        type: "drain",
        severity: "info",
        summary: `${who} is ${event.type}${where}`,
        cause: { state: event.type },
        key: `drain/${about}`,
      };
    case "joined":
    case "left":
      return {
        type: "discovery",
        severity: "info",
        summary: `${endpoint} has ${event.type} ${service}: ${event.address}`,
        cause: { change: event.type, address: event.address },
        key: `member/${about}`,
      };
    default:
      return unknownTelling(event, about);
  }
}

/** A monitor of a later version has more to tell. */
function unknownTelling(event: never, about: string): Telling {
  const { type } = event as { readonly type: string };
  const summary = `${about}: ${type}`;
  return { type: "breaker", severity: "info", summary, cause: { type }, key: `unknown/${about}` };
}

/** Unhealthy and not ready are conditions; what an operator said is none. */
function healthTelling(from: HealthCode, to: HealthCode, who: string, where: string, about: string): Telling {
  const cause = { from: healthName(from), to: healthName(to) };
  const key = `health/${about}`;
  const summary = `${who} is ${healthName(to)}${where}, and was ${healthName(from)}`;
  if (to === 2 || to === 3) return { type: "check", severity: "warning", summary, cause, key, resolved: false };
  if (to >= 4) return { type: "drain", severity: "info", summary, cause, key, resolved: true };
  return from === 0
    ? { type: "check", severity: "info", summary, cause, key, resolved: true }
    : { type: "recovery", severity: "info", summary, cause, key, resolved: true };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
