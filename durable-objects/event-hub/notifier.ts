/**
 * Tells targets: what happened becomes incidents, incidents become notices, notices wait in a queue of their target until
 * they are delivered. What it decides is written before anything is sent.
 */
import type { MeshOutline } from "../../src/core/mesh-outline.ts";
import type { MeshEvent } from "../../src/telemetry/events/event.ts";
import { RESEND_MS } from "../../src/telemetry/events/format/alertmanager.ts";
import { incidentDueMs, type Notice, onConditionEvent, onIncidentTime } from "../../src/telemetry/events/incident.ts";
import {
  healTarget,
  incidentParams,
  notifyTarget,
  type Target,
  targetKey,
  wants,
} from "../../src/telemetry/events/target.ts";
import type { Told } from "./collector.ts";
import { type HealingWord, mayHeal, noteCall } from "./healing.ts";
import type { NoticeStore } from "./notice-store.ts";

/** Incidents of one target; beyond it nothing new is tracked, since the target could not be told of it either. */
const MAX_INCIDENTS = 2_000;

export interface NotifierParts {
  readonly storage: DurableObjectStorage;
  readonly store: NoticeStore;
  /** What hooks did, as events. */
  readonly onHealing: (word: HealingWord) => void;
}

export class Notifier {
  readonly #parts: NotifierParts;
  #targets: readonly Target[] = [];
  /** When an alert was told last, by target and key. */
  readonly #toldMs = new Map<string, number>();

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  get targets(): readonly Target[] {
    return this.#targets;
  }

  /** The targets of the mesh in force; what waits for others is forgotten. */
  setTargets({ notifications, selfHealing }: Pick<MeshOutline, "notifications" | "selfHealing">): void {
    this.#targets = [
      ...notifications.map(notifyTarget),
      ...selfHealing.flatMap(({ service, hooks }) => hooks.map((hook) => healTarget(service, hook))),
    ];
    this.#parts.storage.transactionSync(() => this.#parts.store.keepOnly(new Set(this.#targets.map(({ id }) => id))));
  }

  /** Takes in what happened, within the transaction that keeps it. */
  onTold(told: readonly Told[], nowMs: number): void {
    for (const target of this.#targets) for (const one of told) this.#onOne(target, one, nowMs);
  }

  #onOne(target: Target, { event, observer, isNews }: Told, nowMs: number): void {
    const { store } = this.#parts;
    const isWanted = wants(target, event);
    if (event.resolved === undefined) {
      if (isWanted && isNews) this.#enqueue(target, event.id, { kind: "note", event }, nowMs);
      return;
    }
    const incident = store.incident(target.id, event.key);
    // Less bad than the target wants to hear is as good as over.
    const said = event.resolved || isWanted ? event : { ...event, resolved: true };
    if (incident === null && (said.resolved === true || this.#isFull(target))) return;
    const next = onConditionEvent(incident, said, observer, nowMs, incidentParams(target));
    if (next !== incident) store.setIncident(target.id, event.key, next);
  }

  #isFull({ id }: Target): boolean {
    return (this.#parts.store.incidents.get(id)?.size ?? 0) >= MAX_INCIDENTS;
  }

  /** Lets time pass: what has held, or been over, for long enough becomes a notice. */
  onTime(nowMs: number): void {
    const { storage, store } = this.#parts;
    const words: HealingWord[] = [];
    for (const target of this.#targets) {
      const params = incidentParams(target);
      const due = [...(store.incidents.get(target.id) ?? [])].filter(([, one]) => incidentDueMs(one, params) <= nowMs);
      if (due.length === 0) continue;
      storage.transactionSync(() => {
        for (const [key, incident] of due) {
          const { incident: next, notice } = onIncidentTime(incident, nowMs, params);
          store.setIncident(target.id, key, next);
          if (notice !== null) words.push(...this.#tell(target, key, notice, nowMs));
        }
      });
    }
    for (const word of words) this.#parts.onHealing(word);
    this.#repeatAlerts(nowMs);
  }

  /** Puts a notice into the queue; a hook is asked first whether it may be called. */
  #tell(target: Target, key: string, notice: Notice, nowMs: number): readonly HealingWord[] {
    if (target.kind === "notify") {
      this.#enqueue(target, key, notice, nowMs);
      return [];
    }
    if (notice.kind !== "trigger") return [];
    const { store } = this.#parts;
    const state = store.target(target.id);
    const word = mayHeal(target, state, notice.event, nowMs);
    if (word !== null) return [word];
    store.setTarget(target.id, noteCall(state, key, target.settings, nowMs));
    this.#enqueue(target, key, notice, nowMs);
    return [];
  }

  #enqueue(target: Target, key: string, notice: Notice, nowMs: number, isRepeat = false): void {
    this.#toldMs.set(`${target.id} ${key}`, nowMs);
    this.#parts.store.enqueue(target.id, { key, createdMs: nowMs, notice, isRepeat });
  }

  /** Alertmanager takes an alert that it has not heard of for a while for over. */
  #repeatAlerts(nowMs: number): void {
    for (const target of this.#targets) {
      for (const [key, { isTold, event, beganMs }] of this.#alertsOf(target)) {
        if (!isTold || nowMs < this.#repeatDueMs(target, key)) continue;
        this.#enqueue(target, key, { kind: "trigger", event, sinceMs: beganMs, flaps: 0 }, nowMs, true);
      }
    }
  }

  #alertsOf(target: Target) {
    const isAlerts = target.kind === "notify" && target.settings.type === "alertmanager";
    return isAlerts ? (this.#parts.store.incidents.get(target.id) ?? []) : [];
  }

  #repeatDueMs({ id }: Target, key: string): number {
    return (this.#toldMs.get(`${id} ${key}`) ?? Number.NEGATIVE_INFINITY) + RESEND_MS;
  }

  /** When time makes something happen next; Infinity: only an event will. */
  dueMs(): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const target of this.#targets) {
      const params = incidentParams(target);
      for (const incident of this.#parts.store.incidents.get(target.id)?.values() ?? []) {
        dueMs = Math.min(dueMs, incidentDueMs(incident, params));
      }
      for (const [key, { isTold }] of this.#alertsOf(target)) {
        if (isTold) dueMs = Math.min(dueMs, this.#repeatDueMs(target, key));
      }
    }
    return dueMs;
  }
}

/** The event of a target that cannot be reached, or can again. */
export function targetEvent(
  { settings }: Target,
  stamp: { readonly id: string; readonly atMs: number },
  dead: { readonly error: string } | null,
): MeshEvent {
  const { name } = settings;
  const of = {
    ...stamp,
    service: null,
    endpoint: null,
    region: null,
    type: "notification",
    key: targetKey(name),
  } as const;
  return dead === null
    ? { ...of, severity: "info", summary: `${name} takes notifications again`, cause: { target: name }, resolved: true }
    : {
        ...of,
        severity: "warning",
        summary: `${name} takes no notifications: ${dead.error}`,
        cause: { target: name, error: dead.error },
        resolved: false,
      };
}
