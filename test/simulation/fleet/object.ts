/**
 * A Durable Object of the state plane: the real monitor behind one queue, since an object does one thing at a time. What
 * the class in durable-objects/service-monitor does around it (when to exchange, whom to ask first) is done here alike.
 */
import type { Mesh, Service } from "../../../src/core/mesh.ts";
import type { ExchangeMessage, RootRow } from "../../../src/core/monitor/exchange-message.ts";
import { createMonitor, type Monitor } from "../../../src/core/monitor/monitor.ts";
import { type MonitorName, monitorName, upperName } from "../../../src/core/monitor/monitor-name.ts";
import { messageOf, onAnswer, onMessage } from "../../../src/core/monitor/on-exchange.ts";
import { onReport, onTick } from "../../../src/core/monitor/on-report.ts";
import { onShardMessage } from "../../../src/core/monitor/on-shard.ts";
import {
  EXCHANGE_MS,
  exchangeDueMs,
  mustAskFirst,
  onSendFailure,
  startSending,
} from "../../../src/core/monitor/root-link.ts";
import { answer } from "../../../src/core/monitor/snapshot.ts";
import type { Report, Snapshot } from "../../../src/core/protocol.ts";
import type { Rng } from "../../../src/core/rng.ts";
import { type EventQueue, schedule } from "../../../src/simulate/engine/event-queue.ts";
import { PLACES, WITHIN_REGION_MS } from "./places.ts";

/** Calls waiting beyond this are refused as "overloaded". Assumed: the platform's own bound is not published. */
const MAX_WAITING = 1_000;
/** How often an object wakes up by itself: it flushes then. As FLUSH_MS of alarm-plan.ts. */
const ALARM_MS = 10_000;

export interface ObjectsInput {
  readonly queue: EventQueue;
  readonly rng: Rng;
  readonly mesh: Mesh;
  readonly service: Service;
  /** What one call costs the object, ms. */
  readonly serviceMs: number;
}

export interface SimObject {
  readonly key: string;
  readonly name: MonitorName;
  readonly monitor: Monitor;
  /** Calls taken in each second, by second of virtual time. */
  readonly callsBySecond: number[];
  exchanges: number;
  refused: number;
  alarms: number;
  freeAtMs: number;
  isTimed: boolean;
  /** Replies that wait for the first word of the object above. */
  waiting: (() => void)[];
  /** The mesh that it runs, by its word. */
  mesh: { readonly version: string; readonly atMs: number };
}

/** All objects of one service, made when first called. */
export class Objects {
  readonly #input: ObjectsInput;
  readonly all = new Map<string, SimObject>();

  constructor(input: ObjectsInput) {
    this.#input = input;
  }

  /** An isolate's call arrives. `reply` gets the snapshot, or null when the object is overloaded. */
  sync(name: MonitorName, report: Report, reply: (snapshot: Snapshot | null) => void): void {
    const object = this.#get(name);
    const accepted = this.#enqueue(object, () => {
      const { queue } = this.#input;
      onReport(object.monitor, report, queue.nowMs);
      const { link } = object.monitor;
      const answered = () => {
        const { version, atMs } = object.mesh;
        reply({ ...answer(object.monitor, queue.nowMs), meshVersion: version, meshAtMs: atMs });
      };
      if (link !== null && mustAskFirst(link, queue.nowMs)) object.waiting.push(answered);
      else answered();
      this.#exchangeWhenDue(object);
    });
    if (!accepted) reply(null);
  }

  #enqueue(object: SimObject, work: () => void): boolean {
    const { queue, serviceMs } = this.#input;
    const second = Math.floor(queue.nowMs / 1_000);
    object.callsBySecond[second] = (object.callsBySecond[second] ?? 0) + 1;
    const startMs = Math.max(queue.nowMs, object.freeAtMs);
    if ((startMs - queue.nowMs) / serviceMs > MAX_WAITING) {
      object.refused += 1;
      return false;
    }
    object.freeAtMs = startMs + serviceMs;
    schedule(queue, object.freeAtMs, work, undefined);
    return true;
  }

  #exchangeWhenDue(object: SimObject): void {
    const { queue, service } = this.#input;
    const { link } = object.monitor;
    if (link === null) return;
    const waitMs = exchangeDueMs(link, service.circuitBreaker.normalFailureRatio, queue.nowMs) - queue.nowMs;
    if (waitMs <= 0) {
      this.#exchange(object);
    } else if (waitMs <= EXCHANGE_MS && !object.isTimed) {
      object.isTimed = true;
      const wake = () => {
        object.isTimed = false;
        this.#exchangeWhenDue(object);
      };
      schedule(queue, queue.nowMs + waitMs, wake, undefined);
    }
  }

  #exchange(object: SimObject): void {
    const { queue } = this.#input;
    const { monitor, name } = object;
    const link = monitor.link!;
    if (monitor.shard !== null) onTick(monitor, queue.nowMs);
    const message = messageOf(monitor, link, startSending(link, queue.nowMs), queue.nowMs);
    const wayMs = name.shard === null ? PLACES[message.region].toRootMs : WITHIN_REGION_MS;
    const above = this.#get(aboveOf(name));
    object.exchanges += 1;
    const done = (row: RootRow | null) => {
      if (row === null) onSendFailure(link, "overloaded", queue.nowMs);
      else onAnswer(monitor, link, row, queue.nowMs);
      for (const reply of object.waiting.splice(0)) reply();
      this.#exchangeWhenDue(object);
    };
    const back = (row: RootRow | null) => schedule(queue, queue.nowMs + wayMs, () => done(row), undefined);
    const arrive = () => {
      const accepted = this.#enqueue(above, () => {
        back(take(above.monitor, message, queue.nowMs));
        this.#exchangeWhenDue(above);
      });
      if (!accepted) back(null);
    };
    schedule(queue, queue.nowMs + wayMs, arrive, undefined);
  }

  #get(name: MonitorName): SimObject {
    const key = monitorName(name.service, name.scope, name.shard);
    const known = this.all.get(key);
    if (known !== undefined) return known;
    const { queue, rng, mesh, service } = this.#input;
    const { scope, shard } = name;
    const nowMs = queue.nowMs;
    const monitor = createMonitor({ mesh, service, scope, shard, lifeId: key, rng, nowMs });
    const object: SimObject = {
      ...{ key, name, monitor, callsBySecond: [], exchanges: 0, refused: 0, alarms: 0 },
      ...{ freeAtMs: 0, isTimed: false, waiting: [] },
      mesh: { version: mesh.version, atMs: mesh.compiledAtMs },
    };
    this.all.set(key, object);
    if (shard === null) schedule(queue, nowMs + ALARM_MS, () => this.#onAlarm(object), undefined);
    return object;
  }

  #onAlarm(object: SimObject): void {
    const { queue } = this.#input;
    object.alarms += 1;
    onTick(object.monitor, queue.nowMs);
    schedule(queue, queue.nowMs + ALARM_MS, () => this.#onAlarm(object), undefined);
  }
}

function aboveOf(name: MonitorName): MonitorName {
  if (upperName(name) === null) throw new Error(`nothing is above ${name.service}/${name.scope}`);
  return name.shard === null ? { ...name, scope: "root" } : { ...name, shard: null };
}

function take(above: Monitor, message: ExchangeMessage, nowMs: number): RootRow {
  return message.shard === null ? onMessage(above, message, nowMs) : onShardMessage(above, message, nowMs);
}
