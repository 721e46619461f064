/** Makes events of what is asked: each once, whoever asks and however often the object is evicted. */

import { MESH_CONFIG_NAME, type VersionMeta } from "../../src/core/mesh-version.ts";
import type { MonitorDescription } from "../../src/core/monitor/describe.ts";
import { parseMonitorName } from "../../src/core/monitor/monitor-name.ts";
import type { RolloutDescription } from "../../src/core/rollout/description.ts";
import {
  begun,
  type Condition,
  discoveryConditions,
  ended,
  failoverOf,
  type OpenCondition,
  overtaken,
} from "../../src/telemetry/events/conditions.ts";
import type { MeshEvent } from "../../src/telemetry/events/event.ts";
import { fromRollout, fromVersion } from "../../src/telemetry/events/from-control.ts";
import { fromMonitorEvent } from "../../src/telemetry/events/from-monitor.ts";
import type { SourcesReply } from "../registry/replies.ts";
import type { EventStore } from "./event-store.ts";

/** Taken with the first look at a source: what is older happened before anybody listened, and is no news. */
const NEWS_MS = 60_000;
/** Of versions that are read again and again: older ones were seen, or nobody has to be told any more. */
const HISTORY_MS = 7 * 86_400_000;
const LATE_NEWS_MS = 3_600_000;
const CONDITION = "condition/";
const OPEN = "open/";

/** An event, who says it, and whether it is news. */
export interface Told {
  readonly event: MeshEvent;
  readonly observer: string;
  readonly isNews: boolean;
}

/** Called within the transaction that keeps the events. */
export type OnTold = (told: readonly Told[]) => void;

export class Collector {
  readonly #store: EventStore;
  readonly #onTold: OnTold;
  /** Conditions that hold, by key. */
  readonly #conditions: Map<string, Condition>;
  /** What observers say that holds, by `<key>|<observer>`. */
  readonly #open: Map<string, OpenCondition>;

  constructor(store: EventStore, onTold: OnTold) {
    this.#store = store;
    this.#onTold = onTold;
    this.#conditions = new Map(store.facts<Condition>(CONDITION));
    this.#open = new Map(store.facts<OpenCondition>(OPEN));
  }

  /** The number of the last event of a monitor that was taken; 0: none. */
  eventsAfter(monitor: string): number {
    return this.#store.cursor(monitor) ?? 0;
  }

  /** What a monitor said: its events, and what follows from its state. */
  onDescription(monitor: string, description: MonitorDescription, nowMs: number): void {
    const { events } = description;
    const last = events.at(-1)?.n;
    if (last !== undefined) {
      const isFirst = this.#store.cursor(monitor) === null;
      const made = events.map((event) => fromMonitorEvent(monitor, event));
      const isNews = ({ atMs }: MeshEvent) => !isFirst || atMs > nowMs - NEWS_MS;
      this.#take(made, { source: monitor, n: last }, monitor, isNews);
    }
    const own = [...this.#open.values()].filter(({ observer }) => observer === monitor);
    const gone = overtaken(own, description, (service) => this.#stamp(service, nowMs));
    if (gone.length > 0) this.#take(gone, null, monitor);
    if (parseMonitorName(monitor)?.scope === "root") {
      const failover = failoverOf(description);
      this.onConditions(`failover/${description.service}`, failover === null ? [] : [failover], nowMs);
    }
  }

  /** The versions of the config, newest first. */
  onVersions(versions: readonly VersionMeta[], nowMs: number): void {
    const isFirst = this.#store.cursor(MESH_CONFIG_NAME) === null;
    const n = versions[0]?.version ?? 0;
    // What was forgotten for its age is still in the history, and must not come again.
    const all = [...versions].reverse().flatMap(fromVersion);
    const events = all.filter(({ atMs }) => isFirst || atMs > nowMs - HISTORY_MS);
    const isNews = ({ atMs }: MeshEvent) => atMs > nowMs - (isFirst ? NEWS_MS : LATE_NEWS_MS);
    this.#take(events, { source: MESH_CONFIG_NAME, n }, MESH_CONFIG_NAME, isNews);
  }

  onRollout(description: RolloutDescription, nowMs: number): void {
    const source = `rollout/${description.name}`;
    const after = this.#store.cursor(source);
    const events = [...description.history]
      .filter(({ atMs }) => after === null || atMs > after)
      .reverse()
      .map((event) => fromRollout(description, event));
    const n = events.at(-1)?.atMs;
    if (n !== undefined) {
      this.#take(events, { source, n }, source, ({ atMs }) => after !== null || atMs > nowMs - NEWS_MS);
    }
  }

  onSources(reply: SourcesReply, nowMs: number): void {
    const conditions = reply.isDiscovered ? discoveryConditions(reply) : [];
    for (const prefix of [`source/${reply.service}/`, `alarm/${reply.service}/`]) {
      this.onConditions(
        prefix,
        conditions.filter(({ key }) => key.startsWith(prefix)),
        nowMs,
      );
    }
  }

  /** Events that analyses hand over. A known id counts once. */
  onRecord(events: readonly MeshEvent[]): void {
    this.#take(events, null, "record");
  }

  /**
   * The conditions that hold now, of those whose key begins so: what is new has begun, what is missing is over, what is worse
   * or better is told anew.
   */
  onConditions(prefix: string, holding: readonly Condition[], nowMs: number): void {
    const events: MeshEvent[] = [];
    const changed: [string, Condition | null][] = [];
    const byKey = new Map(holding.map((condition) => [condition.key, condition]));
    for (const [key, before] of this.#conditions) {
      if (!key.startsWith(prefix) || byKey.has(key)) continue;
      events.push(ended(before, this.#stamp(before.service, nowMs)));
      changed.push([key, null]);
    }
    for (const [key, condition] of byKey) {
      const before = this.#conditions.get(key);
      const isSame = before?.severity === condition.severity && before.cause.priority === condition.cause.priority;
      if (isSame) continue;
      events.push(begun(condition, this.#stamp(condition.service, nowMs)));
      changed.push([key, condition]);
    }
    if (events.length === 0) return;
    this.#take(
      events,
      null,
      "hub",
      () => true,
      () => {
        for (const [key, condition] of changed) this.#store.setFact(`${CONDITION}${key}`, condition);
      },
    );
    for (const [key, condition] of changed) {
      if (condition === null) this.#conditions.delete(key);
      else this.#conditions.set(key, condition);
    }
  }

  /** Whether something holds of a service that it is worth looking at often for. */
  isTroubled(service: string): boolean {
    for (const { event } of this.#open.values()) if (event.service === service) return true;
    for (const condition of this.#conditions.values()) if (condition.service === service) return true;
    return false;
  }

  /** Keeps events of an observer, and what it says that holds. */
  #take(
    events: readonly MeshEvent[],
    cursor: { readonly source: string; readonly n: number } | null,
    observer: string,
    isNews: (event: MeshEvent) => boolean = () => true,
    more: () => void = () => {},
  ): void {
    const changed = new Map<string, OpenCondition | null>();
    this.#store.append(events, cursor, (fresh) => {
      for (const event of fresh) {
        if (event.resolved === undefined) continue;
        const key = `${event.key}|${observer}`;
        if (event.resolved && !this.#open.has(key) && !changed.has(key)) continue;
        changed.set(key, event.resolved ? null : { event, observer });
      }
      for (const [key, open] of changed) this.#store.setFact(`${OPEN}${key}`, open);
      more();
      if (fresh.length > 0) this.#onTold(fresh.map((event) => ({ event, observer, isNews: isNews(event) })));
    });
    for (const [key, open] of changed) {
      if (open === null) this.#open.delete(key);
      else this.#open.set(key, open);
    }
  }

  #stamp(service: string | null, atMs: number) {
    return { id: `${service ?? ""}:hub:${this.#store.nextNumber()}`, atMs };
  }
}
