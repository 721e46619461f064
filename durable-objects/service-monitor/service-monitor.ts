/**
 * The Durable Object of a service: one per region, shards of it where configured, and a root over them. This class takes
 * messages and says what came of them; what it does by itself is in life.ts, what it means in src/core/monitor.
 */
import { DurableObject } from "cloudflare:workers";
import { askSamples, type NumberedSample } from "../../src/core/decision-sample.ts";
import type { EndpointSet } from "../../src/core/endpoint-set.ts";
import { checkReport } from "../../src/core/health/report-check.ts";
import { routeCountsOf } from "../../src/core/history/route-counts.ts";
import { describeMonitor } from "../../src/core/monitor/describe.ts";
import { checkMessage, type ExchangeMessage, type ExchangeReply } from "../../src/core/monitor/exchange-message.ts";
import { applyAllHealth } from "../../src/core/monitor/health-sources.ts";
import { type LoadsWord, takeLoads } from "../../src/core/monitor/loads.ts";
import { checkSlice, type MeshSlice } from "../../src/core/monitor/mesh-slice.ts";
import type { Monitor } from "../../src/core/monitor/monitor.ts";
import { monitorName } from "../../src/core/monitor/monitor-name.ts";
import { onMessage } from "../../src/core/monitor/on-exchange.ts";
import { onReport } from "../../src/core/monitor/on-report.ts";
import { onShardMessage } from "../../src/core/monitor/on-shard.ts";
import { checkOverrideSet, type OperatorCommand } from "../../src/core/monitor/override.ts";
import { runningOf } from "../../src/core/monitor/reach.ts";
import { mustAskFirst } from "../../src/core/monitor/root-link.ts";
import { answer } from "../../src/core/monitor/snapshot.ts";
import { hearOverrides } from "../../src/core/monitor/told.ts";
import { totalsOf } from "../../src/core/monitor/traffic.ts";
import type { Report, SyncReply } from "../../src/core/protocol.ts";
import type { RolloutWord } from "../../src/core/rollout/word.ts";
import { countCall } from "../../src/core/traffic/platform.ts";
import { seriesColumns } from "../../src/core/traffic/series.ts";
import { oldestSnapshotMs } from "../../src/core/traffic/take-traffic.ts";
import { carryRollout } from "./carry-rollout.ts";
import { serviceOf, setOf } from "./definition.ts";
import { MonitorLife } from "./life.ts";
import { operateMonitor } from "./operate-monitor.ts";
import { type Peers, passRefusalsOn, tellRegions } from "./peers.ts";
import { flushSeries } from "./persist.ts";
import type {
  CarryEndpointsReply,
  CarryLoadsReply,
  CarryReply,
  DescribeReply,
  MeshChangedReply,
  MetricsReply,
  OperateReply,
  RootWord,
  ServiceMonitorCalls,
  TotalsReply,
  Unable,
} from "./replies.ts";
import { keep } from "./storage.ts";

export type { DescribeReply, OperateReply } from "./replies.ts";

export type ServiceMonitorEnv = Peers;

export class ServiceMonitor extends DurableObject<ServiceMonitorEnv> implements ServiceMonitorCalls {
  readonly #life: MonitorLife;

  constructor(ctx: DurableObjectState, env: ServiceMonitorEnv) {
    super(ctx, env);
    this.#life = new MonitorLife(ctx, env);
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
    const name = this.#life.name;
    if (name === null) return { ok: false, error: "not_configured", detail: NO_NAME };
    if (name.scope === "root" || report.service !== name.service) {
      const own = monitorName(name.service, name.scope, name.shard);
      return { ok: false, error: "invalid_report", detail: `this is ${own}` };
    }
    this.#life.askForMesh(report.meshVersion, nowMs);
    const monitor = this.#life.monitor;
    if (monitor === null) return unknownService(name.service);
    this.#life.onUse(monitor, nowMs);
    countCall(monitor.series, monitor.activity, nowMs);
    onReport(monitor, report, nowMs);
    passRefusalsOn(this.env, monitor.reach, this.ctx);
    if (monitor.link !== null && mustAskFirst(monitor.link, nowMs)) return this.#answerOnceTold(monitor, report, nowMs);
    const reply = replyTo(monitor, report, nowMs);
    this.#life.schedule(monitor, nowMs);
    return reply;
  }

  async #answerOnceTold(monitor: Monitor, report: Report, nowMs: number): Promise<SyncReply> {
    this.#life.schedule(monitor, nowMs);
    await this.#life.exchanging;
    return replyTo(this.#life.monitor ?? monitor, report, Date.now());
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
    const name = this.#life.name;
    if (name === null || name.shard !== null) {
      return { ok: false, error: "not_configured", detail: "this is neither a root nor a regional object" };
    }
    if (message.service !== name.service || name.scope !== (message.shard === null ? "root" : message.region)) {
      return { ok: false, error: "invalid_message", detail: `this is ${monitorName(name.service, name.scope)}` };
    }
    this.#life.askForMesh(message.meshVersion, nowMs);
    const monitor = this.#life.monitor;
    if (monitor === null) return unknownService(name.service);
    if (message.shard !== null) this.#life.onUse(monitor, nowMs);
    countCall(monitor.series, monitor.activity, nowMs);
    const row = message.shard === null ? onMessage(monitor, message, nowMs) : onShardMessage(monitor, message, nowMs);
    this.#life.schedule(monitor, nowMs);
    return { ok: true, row };
  }

  /** A rollout's word, for whoever asks this object. */
  async carryRollout(word: RolloutWord): Promise<CarryReply> {
    if (this.#life.monitor === null) this.#life.askForMesh("", Date.now());
    return this.#life.monitor === null
      ? unknownService(this.#life.name?.service ?? "")
      : carryRollout(this.#life.monitor, word, this.#life.kept, this.ctx.storage);
  }

  async carryEndpoints(word: { service: string; set: EndpointSet | null }): Promise<CarryEndpointsReply> {
    const monitor = this.#life.monitor;
    if (monitor === null || word?.service !== monitor.service.name) return this.#unable();
    const taken = this.#life.takeEndpoints(word.set, Date.now());
    if (!taken.ok) return { ok: false, error: "invalid_set", detail: taken.detail };
    const { meshVersion, regions } = monitor;
    return { ok: true, meshVersion, regions: [...regions], revision: taken.revision };
  }

  async carryLoads(word: LoadsWord): Promise<CarryLoadsReply> {
    const monitor = this.#life.monitor;
    if (monitor === null || word?.service !== monitor.service.name) return this.#unable();
    if (takeLoads(monitor.loads, word, Date.now())) return { ok: true, regions: [...monitor.regions] };
    return { ok: false, error: "invalid_loads", detail: "not ids and a load for each, -1 or 0 to 100" };
  }

  async endpoints(): Promise<EndpointSet | null> {
    return setOf(this.#life.definition);
  }

  async meshSlice(): Promise<MeshSlice> {
    const { format, version, compiledAtMs } = this.#life.definition.watch.mesh;
    const service = serviceOf(this.#life.definition);
    return { format, version, compiledAtMs, services: service === null ? [] : [service] };
  }

  async meshChanged(value: MeshSlice): Promise<MeshChangedReply> {
    const slice = checkSlice(value);
    if (this.#life.name === null) return { ok: false, error: "not_configured", detail: NO_NAME };
    if (slice === null) return { ok: false, error: "invalid_mesh", detail: "not a mesh that this version runs" };
    this.#life.takeMesh(slice, Date.now());
    const { version, compiledAtMs } = this.#life.definition.watch.mesh;
    return { ok: true, meshVersion: version, compiledAtMs };
  }

  /** Counts since the object's life began: a read. */
  async totals(): Promise<TotalsReply> {
    const monitor = this.#life.monitor;
    if (monitor === null) return this.#unable();
    const { meshVersion, regions, link, shard, traffic, series, reach } = monitor;
    const counts = link !== null && shard === null;
    const nowMs = Date.now();
    return {
      ok: true,
      meshVersion,
      regions: [...regions],
      running: runningOf(reach, meshVersion, nowMs),
      totals: counts ? totalsOf(traffic, link.reporter, nowMs) : null,
      routes: counts ? [...routeCountsOf(seriesColumns(series))] : [],
    };
  }

  /** Everything for metrics. What was counted is written before it is answered, so that an eviction takes nothing back. */
  async metrics(): Promise<MetricsReply> {
    const monitor = this.#life.monitor;
    if (monitor === null) return this.#unable();
    const nowMs = Date.now();
    countCall(monitor.series, monitor.activity, nowMs);
    // No events: they are counted.
    const description = describeMonitor(monitor, this.#life.kept.refused, nowMs, Number.POSITIVE_INFINITY);
    flushSeries(monitor, this.ctx.storage, nowMs);
    return {
      ok: true,
      description,
      series: seriesColumns(monitor.series),
      oldestSnapshotMs: oldestSnapshotMs(monitor.trafficWindow, nowMs),
    };
  }

  async decisions(query: { readonly after: number }): Promise<readonly NumberedSample[]> {
    const monitor = this.#life.monitor;
    return monitor === null ? [] : askSamples(monitor.samples, Number(query?.after) || 0, Date.now());
  }

  /** All that is known of every endpoint, source by source. */
  async describe(query?: { readonly eventsAfter?: number }): Promise<DescribeReply> {
    if (this.#life.monitor === null) return this.#unable();
    const after = typeof query?.eventsAfter === "number" ? query.eventsAfter : 0;
    const description = describeMonitor(this.#life.monitor, this.#life.kept.refused, Date.now(), after);
    return { ok: true, description, databaseBytes: this.ctx.storage.sql.databaseSize };
  }

  /** An operator's word: for this region, or for all of them when told to the root. Durable when answered. */
  async operate(value: OperatorCommand): Promise<OperateReply> {
    const monitor = this.#life.monitor;
    if (monitor === null) return this.#unable();
    const nowMs = Date.now();
    const reply = operateMonitor(monitor, value, crypto.randomUUID(), this.ctx.storage, nowMs);
    if (!reply.ok) return reply;
    // At once, and with the next rows for those that did not hear it.
    if (monitor.link === null) tellRegions(this.env, monitor, this.ctx);
    this.#life.schedule(monitor, nowMs);
    return reply;
  }

  async hearRoot(word: RootWord): Promise<{ readonly ok: boolean }> {
    const monitor = this.#life.monitor;
    const set = checkOverrideSet(word?.overrides);
    if (monitor === null || monitor.link?.to !== "root" || set === null || word.service !== monitor.service.name) {
      return { ok: false };
    }
    const nowMs = Date.now();
    if (hearOverrides(monitor, set)) {
      keep(this.ctx.storage, "root-overrides", set);
      applyAllHealth(monitor, nowMs);
      this.#life.schedule(monitor, nowMs);
    }
    return { ok: true };
  }

  override async alarm(): Promise<void> {
    await this.#life.alarm();
  }

  #unable(): Unable {
    this.#life.askForMesh("", Date.now());
    if (this.#life.name === null) return { ok: false, error: "not_configured", detail: NO_NAME };
    return unknownService(this.#life.name.service);
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
