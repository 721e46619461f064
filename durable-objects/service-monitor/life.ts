/**
 * What happens by itself in a monitor's object: its mesh and endpoints replace each other, the exchange with the object
 * above, probes, flushes and the alarm. Its RPC methods are in service-monitor.ts; what it all means, in src/core/monitor.
 */
import { connect } from "cloudflare:sockets";
import bundled from "heddle:mesh";
import {
  flushDueMs,
  isProbing,
  nextAlarmMs,
  PROBE_AFTER_TRAFFIC_MS,
  seriesDueMs,
} from "../../src/core/monitor/alarm-plan.ts";
import { withEndpoints } from "../../src/core/monitor/endpoints-in-force.ts";
import { checkRow } from "../../src/core/monitor/exchange-message.ts";
import { applyAllHealth, forgetOldChecks } from "../../src/core/monitor/health-sources.ts";
import { adopt } from "../../src/core/monitor/membership.ts";
import type { MeshSlice } from "../../src/core/monitor/mesh-slice.ts";
import { createMonitor, type Monitor, revisionOf } from "../../src/core/monitor/monitor.ts";
import { type MonitorName, parseMonitorName, upperName } from "../../src/core/monitor/monitor-name.ts";
import { messageOf, onAnswer } from "../../src/core/monitor/on-exchange.ts";
import { hurryChecks, onTick } from "../../src/core/monitor/on-report.ts";
import { EXCHANGE_MS, exchangeDueMs, onSendFailure, startSending } from "../../src/core/monitor/root-link.ts";
import { countCall, countRows } from "../../src/core/traffic/platform.ts";
import { credentialsOf, type EndpointCredentials } from "../../src/security/origin/endpoint-credentials.ts";
import { NO_CREDENTIALS, openCredentials } from "../../src/security/origin/open.ts";
import { secretsOf } from "../../src/security/secrets/open-secrets.ts";
import {
  createDefinition,
  type Definition,
  onNewMesh,
  type SetTaken,
  serviceOf,
  setOf,
  takeEndpoints,
} from "./definition.ts";
import { mayAsk, onAnswered, onAsk, onMesh } from "./mesh-watch.ts";
import { askForMesh, type Peers } from "./peers.ts";
import { flush, flushSeries, type Kept, restore } from "./persist.ts";
import { probeFetch } from "./probe-fetch.ts";
import { ProbePool } from "./probe-pool.ts";
import { keep, readStored } from "./storage.ts";
import { within } from "./within.ts";

/** The object above has so long to answer. */
const EXCHANGE_TIMEOUT_MS = 5_000;
/** An alarm that has not come so long after its time is taken for lost, and set again. */
const ALARM_GRACE_MS = 5_000;

/** Owned by one object. */
export class MonitorLife {
  readonly name: MonitorName | null;
  readonly definition: Definition;
  kept: Kept = { refused: new Set(), ids: new Set(), words: new Map() };
  /** Null while the mesh has no such service. */
  monitor: Monitor | null = null;
  /** The exchange under way, or the last one. Never rejects. */
  exchanging: Promise<void> = Promise.resolve();
  readonly #ctx: DurableObjectState;
  readonly #env: Peers;
  readonly #pool: ProbePool;
  #credentials = NO_CREDENTIALS;
  /** Of the monitor's endpoints. */
  #endpointCredentials: EndpointCredentials = null;
  #alarmAtMs = Number.POSITIVE_INFINITY;
  #isExchangeTimed = false;

  /** Synchronous: the object answers from what it remembers from its first event on. */
  constructor(ctx: DurableObjectState, env: Peers) {
    this.#ctx = ctx;
    this.#env = env;
    const stored = readStored(ctx.storage.sql);
    this.name = parseMonitorName(ctx.id.name) ?? parseMonitorName(stored.meta?.name);
    const network = {
      fetch: probeFetch(env),
      connect,
      nowMs: () => Date.now(),
      waitUntil: (promise: Promise<unknown>) => ctx.waitUntil(promise),
    };
    this.#pool = new ProbePool(network, ({ endpoint }, check) => {
      const own = this.#endpointCredentials?.[endpoint] ?? [];
      if (check.type !== "http" || check.credentials === undefined) return own;
      return [...own, ...check.credentials.map((index) => this.#credentials.of[index]!)];
    });
    this.definition = createDefinition(this.name?.service ?? "", bundled, stored);
    this.#run(Date.now());
  }

  /** Takes in the discovered endpoints; null when they are discovered no more. */
  takeEndpoints(value: unknown, nowMs: number): SetTaken {
    const taken = takeEndpoints(this.definition, value, this.#storage());
    if (taken.ok && taken.isNews) {
      this.#run(nowMs);
      if (this.monitor !== null) this.schedule(this.monitor, nowMs);
    }
    return taken;
  }

  /** Takes in a mesh, if it is later than the one that runs. */
  takeMesh(slice: MeshSlice, nowMs: number): void {
    if (onMesh(this.definition.watch, slice)) this.#adoptMesh(nowMs);
  }

  /** Probes, lets time pass, flushes, and sets the next alarm. */
  async alarm(): Promise<void> {
    this.#alarmAtMs = Number.POSITIVE_INFINITY;
    if (this.monitor !== null && isProbing(this.monitor, Date.now())) await this.#pool.run(() => this.monitor);
    const nowMs = Date.now();
    const monitor = this.monitor;
    if (monitor === null) return;
    countCall(monitor.series, monitor.activity, nowMs);
    onTick(monitor, nowMs);
    if (seriesDueMs(monitor) <= nowMs) flushSeries(monitor, this.#ctx.storage, nowMs);
    if (flushDueMs(monitor) <= nowMs) flush(monitor, this.kept, this.#ctx.storage, nowMs);
    const wantedMs = this.#plan(monitor, nowMs);
    if (wantedMs === null) return;
    countRows(monitor.series, 1);
    await this.#ctx.storage.setAlarm(Math.max(wantedMs, nowMs + 1));
  }

  /** Starts what is due after an event and arms the alarm for the rest. */
  schedule(monitor: Monitor, nowMs: number): void {
    const wantedMs = this.#plan(monitor, nowMs);
    if (wantedMs === null) return;
    // Setting an alarm is a write, and an answer would wait for it to be durable: the next task sets it.
    setTimeout(() => {
      if (this.#alarmAtMs !== wantedMs) return;
      countRows(monitor.series, 1);
      void this.#ctx.storage.setAlarm(Math.max(wantedMs, Date.now()));
    }, 0);
  }

  /** Starts what is due; when the alarm has to come sooner than it is set for, the new time. */
  #plan(monitor: Monitor, nowMs: number): number | null {
    if (isProbing(monitor, nowMs)) hurryChecks(monitor);
    this.#exchangeWhenDue(monitor, nowMs);
    const wantedMs = nextAlarmMs(monitor, this.#pool.isInFlight, nowMs);
    const isLost = nowMs > this.#alarmAtMs + ALARM_GRACE_MS;
    if (wantedMs >= this.#alarmAtMs && !isLost) return null;
    this.#alarmAtMs = wantedMs;
    return wantedMs;
  }

  #exchangeWhenDue(monitor: Monitor, nowMs: number): void {
    if (monitor.link === null) return;
    const waitMs = exchangeDueMs(monitor.link, monitor.service.circuitBreaker.normalFailureRatio, nowMs) - nowMs;
    if (waitMs <= 0) {
      this.exchanging = this.#exchange(monitor, nowMs);
      this.#ctx.waitUntil(this.exchanging);
    } else if (waitMs <= EXCHANGE_MS && !this.#isExchangeTimed) {
      this.#isExchangeTimed = true;
      setTimeout(() => {
        this.#isExchangeTimed = false;
        if (this.monitor !== null) this.#exchangeWhenDue(this.monitor, Date.now());
      }, waitMs);
    }
  }

  /** One exchange with the object above. Never rejects. */
  async #exchange(monitor: Monitor, nowMs: number): Promise<void> {
    const link = monitor.link!;
    // A shard has no alarm: it keeps nothing and checks nothing.
    if (monitor.shard !== null) {
      onTick(monitor, nowMs);
      if (seriesDueMs(monitor) <= nowMs) flushSeries(monitor, this.#ctx.storage, nowMs);
    }
    const message = messageOf(monitor, link, startSending(link, nowMs), nowMs);
    try {
      const above = this.#above();
      const reply = await within(above.exchange(message), EXCHANGE_TIMEOUT_MS);
      if (reply.ok) {
        const row = checkRow(reply.row);
        this.#onRow(this.monitor ?? monitor, link, row, Date.now());
      } else {
        onSendFailure(link, `${reply.error}: ${reply.detail}`, Date.now());
      }
    } catch (error) {
      onSendFailure(link, error instanceof Error ? error.message : String(error), Date.now());
    }
    if (this.monitor !== null) this.schedule(this.monitor, Date.now());
  }

  /** Traffic is back after a pause: what checks said before it is no longer worth anything. */
  onUse(monitor: Monitor, nowMs: number): void {
    if (monitor.link !== null && !isProbing(monitor, nowMs)) forgetOldChecks(monitor, PROBE_AFTER_TRAFFIC_MS, nowMs);
  }

  /** What the object above answered: put in force, and what it has that we lack is asked for. */
  #onRow(monitor: Monitor, link: NonNullable<Monitor["link"]>, row: ReturnType<typeof checkRow>, nowMs: number): void {
    const before = monitor.above?.set.revision ?? 0;
    onAnswer(monitor, link, row, nowMs);
    const { above } = monitor;
    if (monitor.shard === null && above !== null && above.set.revision !== before) {
      keep(this.#ctx.storage, "root-overrides", above.set);
    }
    this.askForMesh(row?.meshVersion ?? "", nowMs);
    if ((row?.endpointsRevision ?? 0) > revisionOf(monitor)) this.#ctx.waitUntil(this.#pullEndpoints());
  }

  /** Never rejects: the next row asks again. */
  async #pullEndpoints(): Promise<void> {
    try {
      const set = await within(this.#above().endpoints(), EXCHANGE_TIMEOUT_MS);
      if (set !== null) this.takeEndpoints(set, Date.now());
    } catch {
      // It is said with every row.
    }
  }

  /** The object above, by a fresh stub. */
  #above(): ReturnType<Peers["SERVICE_MONITOR"]["getByName"]> {
    return this.#env.SERVICE_MONITOR.getByName(upperName(this.name!)!);
  }

  /** Where what is told is written; a shard asks its regional object anew. */
  #storage(): DurableObjectStorage | null {
    return this.name?.shard == null ? this.#ctx.storage : null;
  }

  /** Asks for a later mesh where there is a reason to. `peerVersion`: what a peer runs; "" unknown. */
  askForMesh(peerVersion: string, nowMs: number): void {
    const { watch } = this.definition;
    if (this.name === null || !mayAsk(watch, peerVersion, this.monitor !== null, nowMs)) return;
    const asked = askForMesh(this.#env, this.name, watch.mesh);
    if (asked === null) return;
    onAsk(watch);
    const taken = asked.then(({ slice, againMs }) => {
      if (onAnswered(watch, slice, Date.now(), againMs)) this.#adoptMesh(Date.now());
    });
    this.#ctx.waitUntil(taken);
  }

  #adoptMesh(nowMs: number): void {
    onNewMesh(this.definition, this.#storage());
    this.#run(nowMs);
    if (this.monitor !== null) this.schedule(this.monitor, nowMs);
  }

  /** Runs the mesh and the endpoints: those that stay keep their state, or it is restored from storage when there is none. */
  #run(nowMs: number): void {
    const service = serviceOf(this.definition);
    const { mesh } = this.definition.watch;
    const set = setOf(this.definition);
    if (service === null || this.name === null) {
      this.monitor = null;
    } else if (this.monitor !== null) {
      this.monitor = adopt(this.monitor, mesh, service, set, nowMs);
    } else {
      const { scope, shard } = this.name;
      const ours = { service: withEndpoints(service, set), endpointSet: set, scope, shard };
      const monitor = createMonitor({ mesh, ...ours, lifeId: crypto.randomUUID(), rng: Math.random, nowMs });
      this.kept = restore(monitor, readStored(this.#ctx.storage.sql), nowMs);
      this.monitor = monitor;
      applyAllHealth(monitor, nowMs);
    }
    this.#credentials = openCredentials(mesh.credentials, { secrets: secretsOf(this.#env) }, this.#credentials);
    this.#endpointCredentials = this.monitor === null ? null : credentialsOf(this.monitor.service, this.#credentials);
  }
}
