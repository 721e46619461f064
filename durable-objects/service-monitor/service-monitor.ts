/**
 * The Durable Object of a service: one per region, shards of it where configured, and a root over them. This class carries messages, time, alarms and
 * rows; what they mean is decided in the files beside it and in src/core/health.
 */
import { connect } from "cloudflare:sockets";
import { DurableObject } from "cloudflare:workers";
import bundled from "heddle:mesh";
import type { EndpointSet } from "../../src/core/endpoint-set.ts";
import { checkReport } from "../../src/core/health/report-check.ts";
import { flushDueMs, isProbing, nextAlarmMs, PROBE_AFTER_TRAFFIC_MS } from "../../src/core/monitor/alarm-plan.ts";
import { describeMonitor } from "../../src/core/monitor/describe.ts";
import { withEndpoints } from "../../src/core/monitor/endpoints-in-force.ts";
import {
  checkMessage,
  checkRow,
  type ExchangeMessage,
  type ExchangeReply,
} from "../../src/core/monitor/exchange-message.ts";
import { applyAllHealth, forgetOldChecks } from "../../src/core/monitor/health-sources.ts";
import { adopt } from "../../src/core/monitor/membership.ts";
import { checkSlice, type MeshSlice } from "../../src/core/monitor/mesh-slice.ts";
import { createMonitor, type Monitor, revisionOf } from "../../src/core/monitor/monitor.ts";
import { type MonitorName, monitorName, parseMonitorName, upperName } from "../../src/core/monitor/monitor-name.ts";
import { messageOf, onAnswer, onMessage } from "../../src/core/monitor/on-exchange.ts";
import { hurryChecks, onReport, onTick } from "../../src/core/monitor/on-report.ts";
import { onShardMessage } from "../../src/core/monitor/on-shard.ts";
import { checkOverrideSet, type OperatorCommand } from "../../src/core/monitor/override.ts";
import {
  EXCHANGE_MS,
  exchangeDueMs,
  mustAskFirst,
  onSendFailure,
  startSending,
} from "../../src/core/monitor/root-link.ts";
import { answer } from "../../src/core/monitor/snapshot.ts";
import { hearOverrides } from "../../src/core/monitor/told.ts";
import { totalsOf } from "../../src/core/monitor/traffic.ts";
import type { Report, SyncReply } from "../../src/core/protocol.ts";
import type { RolloutWord } from "../../src/core/rollout/word.ts";
import { type CarryReply, carryRollout } from "./carry-rollout.ts";
import { createDefinition, type Definition, onNewMesh, serviceOf, setOf, takeEndpoints } from "./definition.ts";
import { mayAsk, onAnswered, onAsk, onMesh } from "./mesh-watch.ts";
import { operateMonitor } from "./operate-monitor.ts";
import { askForMesh, type Peers, passRefusalsOn, tellRegions } from "./peers.ts";
import { flush, type Kept, restore } from "./persist.ts";
import { ProbePool } from "./probe-pool.ts";
import type {
  CarryEndpointsReply,
  DescribeReply,
  MeshChangedReply,
  OperateReply,
  RootWord,
  ServiceMonitorCalls,
  TotalsReply,
  Unable,
} from "./replies.ts";
import { keep, readStored } from "./storage.ts";
import { within } from "./within.ts";

export type { DescribeReply, OperateReply } from "./replies.ts";

/** The object above has so long to answer. */
const EXCHANGE_TIMEOUT_MS = 5_000;
/** An alarm that has not come so long after its time is taken for lost, and set again. */
const ALARM_GRACE_MS = 5_000;

export type ServiceMonitorEnv = Peers;

export class ServiceMonitor extends DurableObject<ServiceMonitorEnv> implements ServiceMonitorCalls {
  readonly #name: MonitorName | null;
  readonly #definition: Definition;
  readonly #pool: ProbePool;
  #kept: Kept = { refused: new Set(), ids: new Set(), words: new Map() };
  #monitor: Monitor | null = null;
  #alarmAtMs = Number.POSITIVE_INFINITY;
  #isExchangeTimed = false;
  /** The exchange under way, or the last one. Never rejects. */
  #exchanging: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: ServiceMonitorEnv) {
    super(ctx, env);
    const stored = readStored(ctx.storage.sql);
    this.#name = parseMonitorName(ctx.id.name) ?? parseMonitorName(stored.meta?.name);
    this.#pool = new ProbePool({ fetch: (url, init) => fetch(url, init), connect, nowMs: () => Date.now() });
    this.#definition = createDefinition(this.#name?.service ?? "", bundled, stored);
    this.#run(Date.now());
  }

  /**
   * An isolate's report; answered from memory with the snapshot of its region. Writes nothing, waits for nothing; but a
   * shard that has heard nothing of its region yet asks it first.
   */
  async sync(value: Report): Promise<SyncReply> {
    const check = checkReport(value);
    if (!check.ok) return { ok: false, error: "invalid_report", detail: check.detail };
    const { report } = check;
    const nowMs = Date.now();
    const name = this.#name;
    if (name === null) return { ok: false, error: "not_configured", detail: "the object's name is not service/region" };
    if (name.scope === "root" || report.service !== name.service) {
      const own = monitorName(name.service, name.scope, name.shard);
      return { ok: false, error: "invalid_report", detail: `this is ${own}` };
    }
    this.#askForMesh(report.meshVersion, nowMs);
    const monitor = this.#monitor;
    if (monitor === null) return unknownService(name.service);
    this.#onUse(monitor, nowMs);
    onReport(monitor, report, nowMs);
    passRefusalsOn(this.env, monitor.reach, this.ctx);
    if (monitor.link !== null && mustAskFirst(monitor.link, nowMs)) return this.#answerOnceTold(monitor, report, nowMs);
    const reply = replyTo(monitor, report, nowMs);
    this.#schedule(monitor, nowMs);
    return reply;
  }

  async #answerOnceTold(monitor: Monitor, report: Report, nowMs: number): Promise<SyncReply> {
    this.#schedule(monitor, nowMs);
    await this.#exchanging;
    return replyTo(this.#monitor ?? monitor, report, Date.now());
  }

  /**
   * A regional object's message to the root, or a shard's to its regional object; answered from memory with the view of
   * that region.
   */
  async exchange(value: ExchangeMessage): Promise<ExchangeReply> {
    const check = checkMessage(value);
    if (!check.ok) return { ok: false, error: "invalid_message", detail: check.detail };
    const { message } = check;
    const nowMs = Date.now();
    const name = this.#name;
    if (name === null || name.shard !== null) {
      return { ok: false, error: "not_configured", detail: "this is neither a root nor a regional object" };
    }
    if (message.service !== name.service || name.scope !== (message.shard === null ? "root" : message.region)) {
      return { ok: false, error: "invalid_message", detail: `this is ${monitorName(name.service, name.scope)}` };
    }
    this.#askForMesh(message.meshVersion, nowMs);
    const monitor = this.#monitor;
    if (monitor === null) return unknownService(name.service);
    if (message.shard !== null) this.#onUse(monitor, nowMs);
    const row = message.shard === null ? onMessage(monitor, message, nowMs) : onShardMessage(monitor, message, nowMs);
    this.#schedule(monitor, nowMs);
    return { ok: true, row };
  }

  /** A rollout's word, for whoever asks this object. */
  async carryRollout(word: RolloutWord): Promise<CarryReply> {
    if (this.#monitor === null) this.#askForMesh("", Date.now());
    return this.#monitor === null
      ? unknownService(this.#name?.service ?? "")
      : carryRollout(this.#monitor, word, this.#kept, this.ctx.storage);
  }

  async carryEndpoints(word: { service: string; set: EndpointSet | null }): Promise<CarryEndpointsReply> {
    const nowMs = Date.now();
    const monitor = this.#monitor;
    if (monitor === null || word?.service !== monitor.service.name) return this.#unable();
    const taken = takeEndpoints(this.#definition, word.set, this.#storage());
    if (!taken.ok) return { ok: false, error: "invalid_set", detail: taken.detail };
    if (taken.isNews) this.#run(nowMs);
    const { meshVersion, regions } = monitor;
    return { ok: true, meshVersion, regions: [...regions], revision: taken.revision };
  }

  async endpoints(): Promise<EndpointSet | null> {
    return setOf(this.#definition);
  }

  async meshSlice(): Promise<MeshSlice> {
    const { format, version, compiledAtMs } = this.#definition.watch.mesh;
    const service = serviceOf(this.#definition);
    return { format, version, compiledAtMs, services: service === null ? [] : [service] };
  }

  async meshChanged(value: MeshSlice): Promise<MeshChangedReply> {
    const slice = checkSlice(value);
    if (this.#name === null) return { ok: false, error: "not_configured", detail: NO_NAME };
    if (slice === null) return { ok: false, error: "invalid_mesh", detail: "not a mesh that this version runs" };
    if (onMesh(this.#definition.watch, slice)) this.#adoptMesh(Date.now());
    const { version, compiledAtMs } = this.#definition.watch.mesh;
    return { ok: true, meshVersion: version, compiledAtMs };
  }

  /** Counts since the object's life began: a read. */
  async totals(): Promise<TotalsReply> {
    const monitor = this.#monitor;
    if (monitor === null) return this.#unable();
    const { meshVersion, regions, link, shard, traffic } = monitor;
    const counts = link !== null && shard === null;
    return {
      ok: true,
      meshVersion,
      regions: [...regions],
      totals: counts ? totalsOf(traffic, link.reporter, Date.now()) : null,
    };
  }

  /** All that is known of every endpoint, source by source. */
  async describe(query?: { readonly eventsAfter?: number }): Promise<DescribeReply> {
    if (this.#monitor === null) return this.#unable();
    const after = typeof query?.eventsAfter === "number" ? query.eventsAfter : 0;
    const description = describeMonitor(this.#monitor, this.#kept.refused, Date.now(), after);
    return { ok: true, description, databaseBytes: this.ctx.storage.sql.databaseSize };
  }

  /** An operator's word: for this region, or for all of them when told to the root. Durable when answered. */
  async operate(value: OperatorCommand): Promise<OperateReply> {
    const monitor = this.#monitor;
    if (monitor === null) return this.#unable();
    const nowMs = Date.now();
    const reply = operateMonitor(monitor, value, crypto.randomUUID(), this.ctx.storage, nowMs);
    if (!reply.ok) return reply;
    // At once, and with the next rows for those that did not hear it.
    if (monitor.link === null) tellRegions(this.env, monitor, this.ctx);
    this.#schedule(monitor, nowMs);
    return reply;
  }

  async hearRoot(word: RootWord): Promise<{ readonly ok: boolean }> {
    const monitor = this.#monitor;
    const set = checkOverrideSet(word?.overrides);
    if (monitor === null || monitor.link?.to !== "root" || set === null || word.service !== monitor.service.name) {
      return { ok: false };
    }
    const nowMs = Date.now();
    if (hearOverrides(monitor, set)) {
      keep(this.ctx.storage, "root-overrides", set);
      applyAllHealth(monitor, nowMs);
      this.#schedule(monitor, nowMs);
    }
    return { ok: true };
  }

  override async alarm(): Promise<void> {
    this.#alarmAtMs = Number.POSITIVE_INFINITY;
    if (this.#monitor !== null && isProbing(this.#monitor, Date.now())) await this.#pool.run(() => this.#monitor);
    const nowMs = Date.now();
    const monitor = this.#monitor;
    if (monitor === null) return;
    onTick(monitor, nowMs);
    if (flushDueMs(monitor) <= nowMs) flush(monitor, this.#kept, this.ctx.storage, nowMs);
    const wantedMs = this.#plan(monitor, nowMs);
    if (wantedMs !== null) await this.ctx.storage.setAlarm(Math.max(wantedMs, nowMs + 1));
  }

  /** Starts what is due after an event and arms the alarm for the rest. */
  #schedule(monitor: Monitor, nowMs: number): void {
    const wantedMs = this.#plan(monitor, nowMs);
    if (wantedMs === null) return;
    // Setting an alarm is a write, and an answer would wait for it to be durable: the next task sets it.
    setTimeout(() => {
      if (this.#alarmAtMs === wantedMs) void this.ctx.storage.setAlarm(Math.max(wantedMs, Date.now()));
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
      this.#exchanging = this.#exchange(monitor, nowMs);
      this.ctx.waitUntil(this.#exchanging);
    } else if (waitMs <= EXCHANGE_MS && !this.#isExchangeTimed) {
      this.#isExchangeTimed = true;
      setTimeout(() => {
        this.#isExchangeTimed = false;
        if (this.#monitor !== null) this.#exchangeWhenDue(this.#monitor, Date.now());
      }, waitMs);
    }
  }

  /** One exchange with the object above. Never rejects. */
  async #exchange(monitor: Monitor, nowMs: number): Promise<void> {
    const link = monitor.link!;
    // A shard has no alarm: it keeps nothing and checks nothing.
    if (monitor.shard !== null) onTick(monitor, nowMs);
    const message = messageOf(monitor, link, startSending(link, nowMs), nowMs);
    try {
      const above = this.#above();
      const reply = await within(above.exchange(message), EXCHANGE_TIMEOUT_MS);
      if (reply.ok) {
        const row = checkRow(reply.row);
        this.#onRow(this.#monitor ?? monitor, link, row, Date.now());
      } else {
        onSendFailure(link, `${reply.error}: ${reply.detail}`, Date.now());
      }
    } catch (error) {
      onSendFailure(link, error instanceof Error ? error.message : String(error), Date.now());
    }
    if (this.#monitor !== null) this.#schedule(this.#monitor, Date.now());
  }

  /** Traffic is back after a pause: what checks said before it is no longer worth anything. */
  #onUse(monitor: Monitor, nowMs: number): void {
    if (monitor.link !== null && !isProbing(monitor, nowMs)) forgetOldChecks(monitor, PROBE_AFTER_TRAFFIC_MS, nowMs);
  }

  /** What the object above answered: put in force, and what it has that we lack is asked for. */
  #onRow(monitor: Monitor, link: NonNullable<Monitor["link"]>, row: ReturnType<typeof checkRow>, nowMs: number): void {
    const before = monitor.above?.set.revision ?? 0;
    onAnswer(monitor, link, row, nowMs);
    const { above } = monitor;
    if (monitor.shard === null && above !== null && above.set.revision !== before) {
      keep(this.ctx.storage, "root-overrides", above.set);
    }
    this.#askForMesh(row?.meshVersion ?? "", nowMs);
    if ((row?.endpointsRevision ?? 0) > revisionOf(monitor)) this.ctx.waitUntil(this.#pullEndpoints());
  }

  /** Never rejects: the next row asks again. */
  async #pullEndpoints(): Promise<void> {
    try {
      const set = await within(this.#above().endpoints(), EXCHANGE_TIMEOUT_MS);
      const taken = set === null ? null : takeEndpoints(this.#definition, set, this.#storage());
      if (taken?.ok && taken.isNews) this.#run(Date.now());
    } catch {
      // It is said with every row.
    }
  }

  /** The object above, by a fresh stub. */
  #above(): ReturnType<Peers["SERVICE_MONITOR"]["getByName"]> {
    return this.env.SERVICE_MONITOR.getByName(upperName(this.#name!)!);
  }

  /** Where what is told is written; a shard asks its regional object anew. */
  #storage(): DurableObjectStorage | null {
    return this.#name?.shard == null ? this.ctx.storage : null;
  }

  #askForMesh(peerVersion: string, nowMs: number): void {
    const { watch } = this.#definition;
    if (this.#name === null || !mayAsk(watch, peerVersion, this.#monitor !== null, nowMs)) return;
    const asked = askForMesh(this.env, this.#name, watch.mesh);
    if (asked === null) return;
    onAsk(watch);
    const taken = asked.then(({ slice, againMs }) => {
      if (onAnswered(watch, slice, Date.now(), againMs)) this.#adoptMesh(Date.now());
    });
    this.ctx.waitUntil(taken);
  }

  #adoptMesh(nowMs: number): void {
    onNewMesh(this.#definition, this.#storage());
    this.#run(nowMs);
    if (this.#monitor !== null) this.#schedule(this.#monitor, nowMs);
  }

  /** Runs the mesh and the endpoints: those that stay keep their state, or it is restored from storage when there is none. */
  #run(nowMs: number): void {
    const service = serviceOf(this.#definition);
    const { mesh } = this.#definition.watch;
    const set = setOf(this.#definition);
    if (service === null || this.#name === null) {
      this.#monitor = null;
    } else if (this.#monitor !== null) {
      this.#monitor = adopt(this.#monitor, mesh, service, set, nowMs);
    } else {
      const { scope, shard } = this.#name;
      const ours = { service: withEndpoints(service, set), endpointSet: set, scope, shard };
      const monitor = createMonitor({ mesh, ...ours, lifeId: crypto.randomUUID(), rng: Math.random, nowMs });
      this.#kept = restore(monitor, readStored(this.ctx.storage.sql), nowMs);
      this.#monitor = monitor;
      applyAllHealth(monitor, nowMs);
    }
  }

  #unable(): Unable {
    this.#askForMesh("", Date.now());
    if (this.#name === null) return { ok: false, error: "not_configured", detail: NO_NAME };
    return unknownService(this.#name.service);
  }
}

const NO_NAME = "the object's name is not service/region";

/** The snapshot, and the discovered endpoints where the reporter has earlier ones. */
function replyTo(monitor: Monitor, report: Report, nowMs: number): SyncReply {
  const snapshot = answer(monitor, nowMs);
  const { endpointSet } = monitor;
  const isBehind = endpointSet !== null && (report.endpointsRevision ?? 0) < endpointSet.revision;
  return isBehind ? { ok: true, snapshot, endpoints: endpointSet } : { ok: true, snapshot };
}

function unknownService(service: string): { ok: false; error: "unknown_service"; detail: string } {
  return { ok: false, error: "unknown_service", detail: `the mesh has no service ${service}` };
}
