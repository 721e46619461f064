/**
 * The Durable Object of a service's history, named by the service. Its alarm goes round the service's monitors and keeps what
 * they counted. What that means is decided in src/core/history; this class carries time, calls and rows.
 */
import { DurableObject } from "cloudflare:workers";
import { SLOT_MS } from "../../src/core/history/bucket.ts";
import { columnsOf, piecesOf, rangeOf } from "../../src/core/history/columns.ts";
import { isNothing } from "../../src/core/history/counts.ts";
import { onLook, slotAt } from "../../src/core/history/look.ts";
import { RowSeal, type UnopenedRows } from "../../src/security/at-rest/row-seal.ts";
import type { MeshEvent } from "../../src/telemetry/events/event.ts";
import { EVENT_HUB_NAME } from "../event-hub/replies.ts";
import { askCapacity, type DescribedMonitors, ForecastKeeper, whenReached } from "./forecast-keeper.ts";
import { NewsLog, SEALED_NEWS } from "./news-log.ts";
import { HistoryRecord } from "./record.ts";
import type { ForecastReply, HistoryQuery, HistoryReply, ServiceHistoryCalls, SloReply } from "./replies.ts";
import { type MeshConfigs, ServicePlan } from "./service-plan.ts";
import { SloKeeper } from "./slo-keeper.ts";
import { type Monitors, survey } from "./survey.ts";

/** Between two looks when there was no traffic for so long. */
const IDLE_MS = 60_000;
const IDLE_AFTER_MS = 600_000;
/** A question waits for a look that is due for so long. */
const WAIT_MS = 2_000;

export interface ServiceHistoryEnv {
  readonly SERVICE_MONITOR: Monitors & DescribedMonitors;
  readonly MESH_CONFIG: MeshConfigs;
  /** Keeps events and tells of them. Without it they are only asked for. */
  readonly EVENT_HUB?: { getByName(name: string): { record(events: readonly MeshEvent[]): Promise<unknown> } };
  /** Keys of 32 characters or more, separated by commas; the first writes, all read. Absent: rows are plain text. */
  readonly HEDDLE_STORAGE_KEY?: string;
}

/** Rows that are sealed: one. */
const SEALED = 1;

export class ServiceHistory extends DurableObject<ServiceHistoryEnv> implements ServiceHistoryCalls {
  readonly #service: string;
  readonly #record: HistoryRecord;
  readonly #plan: ServicePlan;
  readonly #seal: RowSeal;
  readonly #log: NewsLog;
  readonly #slo: SloKeeper;
  readonly #forecasts: ForecastKeeper;
  #looking: Promise<void> | null = null;
  /** When traffic was seen last; a life begins with the doubt. */
  #trafficAtMs = Date.now();
  #isUnknown = false;

  constructor(ctx: DurableObjectState, env: ServiceHistoryEnv) {
    super(ctx, env);
    this.#service = ctx.id.name ?? "";
    this.#record = new HistoryRecord(ctx.storage);
    this.#plan = new ServicePlan(env.MESH_CONFIG, this.#service);
    this.#seal = new RowSeal(ctx.storage.sql, env.HEDDLE_STORAGE_KEY, "ServiceHistory", [SEALED_NEWS]);
    this.#log = new NewsLog(ctx.storage.sql, this.#service, this.#seal);
    this.#slo = new SloKeeper(ctx.storage.sql, this.#record, this.#log);
    this.#forecasts = new ForecastKeeper(ctx.storage.sql, this.#record, this.#log);
  }

  async start(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now());
  }

  async history({ fromMs, toMs, stepMs }: HistoryQuery): Promise<HistoryReply> {
    await this.#fresh();
    const range = rangeOf(fromMs, toMs, stepMs, Date.now());
    const perPiece = range.slots / range.tier.slots;
    const buckets = this.#record.buckets(range.tier, range.first * perPiece, range.end * perPiece);
    const columns = columnsOf(range, piecesOf(range, buckets));
    return { service: this.#service, knownToMs: this.#knownToMs(), ...columns };
  }

  async slo(): Promise<SloReply> {
    await this.#fresh();
    this.#slo.configure((await this.#plan.current())?.slo ?? []);
    return { service: this.#service, knownToMs: this.#knownToMs(), objectives: this.#slo.statuses() };
  }

  async forecast({ region }: { readonly region: string | null }): Promise<ForecastReply | null> {
    await this.#fresh();
    const made = this.#forecasts.of(region);
    if (made === null) return null;
    const { values, firstStep, stepMs } = made.series;
    const capacity = region === null ? await askCapacity(this.env.SERVICE_MONITOR, this.#service) : null;
    const first = firstStep + values.length;
    return {
      service: this.#service,
      region,
      step: stepMs,
      atMs: made.forecast.values.map((_, i) => (first + i) * stepMs),
      known: values.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0),
      ...made.forecast,
      capacity,
      ...whenReached(made, capacity),
    };
  }

  async news({ after }: { readonly after: number }): ReturnType<ServiceHistoryCalls["news"]> {
    return this.#log.since(after);
  }

  async unopened(): Promise<UnopenedRows> {
    return this.#seal.unopened;
  }

  #knownToMs(): number | null {
    const { slot } = this.#record.mark;
    return slot === null ? null : slot * SLOT_MS;
  }

  override async alarm(): Promise<void> {
    this.#seal.reseal(SEALED + 1);
    await this.#look();
    if (this.#isUnknown) return;
    const nowMs = Date.now();
    const isIdle = nowMs - this.#trafficAtMs > IDLE_AFTER_MS;
    const next = slotAt(nowMs) + (isIdle ? IDLE_MS / SLOT_MS : 1);
    await this.ctx.storage.setAlarm(next * SLOT_MS);
  }

  /** A look, if one is due, and the next ones from then on. Waits no longer than is worth it. */
  async #fresh(): Promise<void> {
    await this.start();
    const { slot } = this.#record.mark;
    if (slot !== null && slotAt(Date.now()) <= slot) return;
    await Promise.race([this.#look(), scheduler.wait(WAIT_MS)]);
  }

  /** One round over the monitors; those who come meanwhile share it. Never rejects. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    const found = await survey(this.env.SERVICE_MONITOR, this.#service, this.#record.mark.regions.keys());
    this.#isUnknown = found.state === "unknown";
    if (found.state !== "counted") return;
    const nowMs = Date.now();
    const looked = onLook(this.#record.mark, found.totals, nowMs);
    if (looked === null) return;
    if (looked.pieces.some(({ sum }) => !isNothing(sum))) this.#trafficAtMs = nowMs;
    this.#record.add(looked);
    const plan = await this.#plan.current();
    this.#slo.configure(plan?.slo ?? []);
    this.#slo.watch(nowMs);
    await this.#forecasts.watch(this.env.SERVICE_MONITOR, this.#service, nowMs);
    const hub = this.env.EVENT_HUB;
    if (hub !== undefined) await this.#log.tell((events) => hub.getByName(EVENT_HUB_NAME).record(events));
  }
}
