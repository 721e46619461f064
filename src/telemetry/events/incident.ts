/**
 * When a condition that comes and goes is told of: hysteresis, deduplication and flapping, for one condition and one target.
 *
 * A condition has to hold for `holdMs` before it is told, and to be over for `clearMs` before that is; what comes and goes
 * faster is told once as flapping. Several observers (regions) may each say that it holds: it is over when none says so any
 * more. So a target hears trigger, resolve, trigger, resolve …, never two of a kind in a row, and the last word is right.
 *
 * Alertmanager has the first half as `for`, and the second as `keep_firing_for`; flapping is Nagios' word, with a plain
 * count in place of its weighted one, which people can predict.
 */
import type { MeshEvent } from "./event.ts";

export interface IncidentParams {
  readonly holdMs: number;
  readonly clearMs: number;
  /** So many beginnings within `flapWindowMs` are flapping; 0: never. */
  readonly flaps: number;
  readonly flapWindowMs: number;
}

/** A value: stored as JSON. */
export interface Incident {
  /** Observers that say that it holds, sorted; empty: it is over. */
  readonly open: readonly string[];
  /** When `open` became empty, or ceased to be. */
  readonly sinceMs: number;
  /** Whether the target was told that it holds. */
  readonly isTold: boolean;
  /** When it began, as it is told. */
  readonly beganMs: number;
  /** Times at which it began, within the window; the latest 32. */
  readonly beginnings: readonly number[];
  /** Told as flapping: over only after a whole calm window. */
  readonly isFlapping: boolean;
  /** The last event that said that it holds. */
  readonly event: MeshEvent;
  /** The last event that said that it is over; null: none did. */
  readonly over: MeshEvent | null;
}

export type Notice =
  | { readonly kind: "trigger"; readonly event: MeshEvent; readonly sinceMs: number; readonly flaps: number }
  | {
      readonly kind: "resolve";
      readonly event: MeshEvent;
      readonly over: MeshEvent | null;
      readonly sinceMs: number;
      readonly untilMs: number;
    }
  /** Something that only happened. */
  | { readonly kind: "note"; readonly event: MeshEvent };

const MAX_BEGINNINGS = 32;

/**
 * The incident after an event with `resolved` of its key; null: there is none.
 *
 * - `observer`: who says so.
 */
export function onConditionEvent(
  incident: Incident | null,
  event: MeshEvent,
  observer: string,
  nowMs: number,
  params: IncidentParams,
): Incident | null {
  const before = incident?.open ?? [];
  if (event.resolved === true) {
    if (incident === null || !before.includes(observer)) return incident;
    const open = before.filter((one) => one !== observer);
    return { ...incident, open, over: event, sinceMs: open.length === 0 ? nowMs : incident.sinceMs };
  }
  if (incident !== null && before.includes(observer)) return { ...incident, event };
  const open = [...before, observer].sort();
  if (incident === null) {
    const began = { open, sinceMs: nowMs, isTold: false, beganMs: nowMs, beginnings: [nowMs] };
    return { ...began, isFlapping: false, event, over: null };
  }
  if (before.length > 0) return { ...incident, open, event };
  const lately = [...incident.beginnings, nowMs].filter((ms) => ms > nowMs - params.flapWindowMs);
  return {
    ...incident,
    open,
    event,
    sinceMs: nowMs,
    beganMs: incident.isTold ? incident.beganMs : nowMs,
    beginnings: lately.slice(-MAX_BEGINNINGS),
    isFlapping: incident.isFlapping || (incident.isTold && params.flaps > 0 && lately.length >= params.flaps),
  };
}

/** What time makes of an incident: the incident, null when it is forgotten, and what is to be told now. */
export function onIncidentTime(
  incident: Incident,
  nowMs: number,
  params: IncidentParams,
): { readonly incident: Incident | null; readonly notice: Notice | null } {
  const dueMs = incidentDueMs(incident, params);
  if (nowMs < dueMs) return { incident, notice: null };
  const { event, over, beganMs, sinceMs } = incident;
  const beginnings = recent(incident, nowMs, params);
  if (isFlappingNow(incident, params)) {
    const notice: Notice = { kind: "trigger", event, sinceMs: beganMs, flaps: incident.beginnings.length };
    return { incident: { ...incident, isTold: true, isFlapping: true }, notice };
  }
  if (incident.open.length > 0) {
    return {
      incident: { ...incident, isTold: true, beginnings },
      notice: { kind: "trigger", event, sinceMs: beganMs, flaps: 0 },
    };
  }
  if (incident.isTold) {
    const notice: Notice = { kind: "resolve", event, over, sinceMs: beganMs, untilMs: sinceMs };
    const next = { ...incident, isTold: false, isFlapping: false, beginnings };
    return { incident: beginnings.length === 0 || params.flaps === 0 ? null : next, notice };
  }
  return { incident: null, notice: null };
}

/** When time makes something of it next; Infinity: never, unless something happens. */
export function incidentDueMs(incident: Incident, params: IncidentParams): number {
  if (isFlappingNow(incident, params)) return Number.NEGATIVE_INFINITY;
  if (incident.open.length > 0) return incident.isTold ? Number.POSITIVE_INFINITY : incident.sinceMs + params.holdMs;
  if (incident.isTold) return incident.sinceMs + (incident.isFlapping ? params.flapWindowMs : params.clearMs);
  // Kept for its beginnings only.
  return incident.sinceMs + params.flapWindowMs;
}

/** It flaps, and the target was not told anything that still stands. */
function isFlappingNow({ isTold, beginnings }: Incident, { flaps }: IncidentParams): boolean {
  return flaps > 0 && !isTold && beginnings.length >= flaps;
}

function recent({ beginnings }: Incident, nowMs: number, { flapWindowMs }: IncidentParams): readonly number[] {
  return beginnings.filter((ms) => ms > nowMs - flapWindowMs);
}
