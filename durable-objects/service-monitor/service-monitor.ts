/**
 * The Durable Object of a service: one per region, shards of it where configured, and a root over them. This class carries messages, time, alarms and
 * rows; what they mean is decided in the files beside it and in src/core/health.
 */
import { connect } from "cloudflare:sockets";
import { DurableObject } from "cloudflare:workers";
import bundled from "heddle:mesh";
import { checkReport } from "../../src/core/health/report-check.ts";
import type { Mesh } from "../../src/core/mesh.ts";
import { flushDueMs, isProbing, nextAlarmMs, PROBE_AFTER_TRAFFIC_MS } from "../../src/core/monitor/alarm-plan.ts";
import { describeMonitor, type MonitorDescription } from "../../src/core/monitor/describe.ts";
import { checkCommand, directiveOf, type OperatorCommand } from "../../src/core/monitor/directives.ts";
import {
  checkMessage,
  checkRow,
  type ExchangeMessage,
  type ExchangeReply,
} from "../../src/core/monitor/exchange-message.ts";
import { applyAllHealth, forgetOldChecks, onDirective } from "../../src/core/monitor/health-sources.ts";
import { adoptMesh, createMonitor, type Monitor } from "../../src/core/monitor/monitor.ts";
import { type MonitorName, monitorName, parseMonitorName, upperName } from "../../src/core/monitor/monitor-name.ts";
import { messageOf, onAnswer, onMessage } from "../../src/core/monitor/on-exchange.ts";
import { hurryChecks, onReport, onTick } from "../../src/core/monitor/on-report.ts";
import { onShardMessage } from "../../src/core/monitor/on-shard.ts";
import {
  EXCHANGE_MS,
  exchangeDueMs,
  mustAskFirst,
  onSendFailure,
  startSending,
} from "../../src/core/monitor/root-link.ts";
import { answer } from "../../src/core/monitor/snapshot.ts";
import type { Report, SyncReply } from "../../src/core/protocol.ts";
import type { RolloutWord } from "../../src/core/rollout/word.ts";
import { MESH_CONFIG_NAME } from "../mesh-config/mesh-config.ts";
import { checkMesh } from "../mesh-config/mesh-rows.ts";
import { type CarryReply, carryRollout } from "./carry-rollout.ts";
import { createMeshWatch, type MeshWatch, mayAsk, onAsk, onMesh } from "./mesh-watch.ts";
import { flush, type Kept, restore } from "./persist.ts";
import { ProbePool } from "./probe-pool.ts";
import { readStored, writeDirective } from "./storage.ts";
import { within } from "./within.ts";

/** The object above has so long to answer. */
const EXCHANGE_TIMEOUT_MS = 5_000;

/** An alarm that has not come so long after its time is taken for lost, and set again. */
const ALARM_GRACE_MS = 5_000;

export interface ServiceMonitorEnv {
  readonly SERVICE_MONITOR: { getByName(name: string): { exchange(message: ExchangeMessage): Promise<ExchangeReply> } };
  readonly MESH_CONFIG?: { getByName(name: string): { current(): Promise<Mesh | null> } };
}

type Unable = {
  readonly ok: false;
  readonly error: "unknown_service" | "not_configured" | "invalid_command" | "unknown_endpoint";
  readonly detail: string;
};
/** `databaseBytes`: what the object has on disk. */
export type DescribeReply =
  | { readonly ok: true; readonly description: MonitorDescription; readonly databaseBytes: number }
  | Unable;
export type OperateReply = { readonly ok: true } | Unable;

export class ServiceMonitor extends DurableObject<ServiceMonitorEnv> {
  readonly #name: MonitorName | null;
  readonly #watch: MeshWatch;
  readonly #pool: ProbePool;
  #kept: Kept = { refused: new Set(), ids: new Set(), words: new Map() };
  #monitor: Monitor | null = null;
  #alarmAtMs = Number.POSITIVE_INFINITY;
  #isExchangeTimed = false;
  /** The exchange under way, or the last one. Never rejects. */
  #exchanging: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: ServiceMonitorEnv) {
    super(ctx, env);
    this.#name = parseMonitorName(ctx.id.name) ?? parseMonitorName(readStored(ctx.storage.sql).meta?.name);
    this.#watch = createMeshWatch(bundled);
    this.#pool = new ProbePool({ fetch: (url, init) => fetch(url, init), connect, nowMs: () => Date.now() });
    this.#run(this.#watch.mesh, Date.now());
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
    if (monitor.link !== null && mustAskFirst(monitor.link, nowMs)) return this.#answerOnceTold(monitor, nowMs);
    const snapshot = answer(monitor, nowMs);
    this.#schedule(monitor, nowMs);
    return { ok: true, snapshot };
  }

  async #answerOnceTold(monitor: Monitor, nowMs: number): Promise<SyncReply> {
    this.#schedule(monitor, nowMs);
    await this.#exchanging;
    return { ok: true, snapshot: answer(this.#monitor ?? monitor, Date.now()) };
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

  /** All that is known of every endpoint, source by source. */
  async describe(): Promise<DescribeReply> {
    if (this.#monitor === null) return this.#unable();
    const description = describeMonitor(this.#monitor, this.#kept.refused, Date.now());
    return { ok: true, description, databaseBytes: this.ctx.storage.sql.databaseSize };
  }

  /** An operator's word on an endpoint: for this region, or for all of them when told to the root. Durable when answered. */
  async operate(value: OperatorCommand): Promise<OperateReply> {
    const check = checkCommand(value);
    if (!check.ok) return { ok: false, error: "invalid_command", detail: check.detail };
    const monitor = this.#monitor;
    if (monitor === null) return this.#unable();
    if (this.#name?.shard != null)
      return {
        ok: false,
        error: "not_configured",
        detail: "a shard takes no commands: tell its regional object or the root",
      };
    const { command } = check;
    if (!monitor.coordinator.indexOf.has(command.endpoint)) {
      return {
        ok: false,
        error: "unknown_endpoint",
        detail: `${monitor.service.name} has no endpoint ${command.endpoint}`,
      };
    }
    const nowMs = Date.now();
    const directive = directiveOf(command, nowMs);
    writeDirective(this.ctx.storage, command.endpoint, directive);
    onDirective(monitor, command.endpoint, directive, nowMs);
    this.#schedule(monitor, nowMs);
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
      const above = this.env.SERVICE_MONITOR.getByName(upperName(this.#name!)!);
      const reply = await within(above.exchange(message), EXCHANGE_TIMEOUT_MS);
      if (reply.ok) {
        const row = checkRow(reply.row);
        onAnswer(this.#monitor ?? monitor, link, row, Date.now());
        this.#askForMesh(row?.meshVersion ?? "", Date.now());
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

  #askForMesh(peerVersion: string, nowMs: number): void {
    const namespace = this.env.MESH_CONFIG;
    if (namespace === undefined || !mayAsk(this.#watch, peerVersion, this.#monitor !== null, nowMs)) return;
    onAsk(this.#watch);
    const asked = namespace.getByName(MESH_CONFIG_NAME).current();
    const taken = asked
      .then((value) => {
        const check = value === null ? null : checkMesh(value);
        if (onMesh(this.#watch, check?.ok ? check.mesh : null, Date.now())) this.#run(this.#watch.mesh, Date.now());
      })
      .catch(() => void onMesh(this.#watch, null, Date.now()));
    this.ctx.waitUntil(taken);
  }

  /** Runs a mesh: the endpoints that stay keep their state, or it is restored from storage when there is none. */
  #run(mesh: Mesh, nowMs: number): void {
    const service = mesh.services.find(({ name }) => name === this.#name?.service);
    if (service === undefined || this.#name === null) {
      this.#monitor = null;
    } else if (this.#monitor === null) {
      const { scope, shard } = this.#name;
      const lifeId = crypto.randomUUID();
      const monitor = createMonitor({ mesh, service, scope, shard, lifeId, rng: Math.random, nowMs });
      this.#kept = restore(monitor, this.ctx.storage, nowMs);
      this.#monitor = monitor;
    } else {
      this.#monitor = adoptMesh(this.#monitor, mesh, service, nowMs);
    }
    if (this.#monitor !== null) applyAllHealth(this.#monitor, nowMs);
  }

  #unable(): Unable {
    if (this.#name === null)
      return { ok: false, error: "not_configured", detail: "the object's name is not service/region" };
    return unknownService(this.#name.service);
  }
}

function unknownService(service: string): { ok: false; error: "unknown_service"; detail: string } {
  return { ok: false, error: "unknown_service", detail: `the mesh has no service ${service}` };
}
