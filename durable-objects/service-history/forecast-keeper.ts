/** Forecasts of a service's load, made anew when a step is over, and what follows for its capacity. */
import { type Forecast, forecast } from "../../src/core/forecast/forecast.ts";
import { type Capacity, capacityOf, type TimeToCapacity, timeToCapacity } from "../../src/core/forecast/headroom.ts";
import { type Series, seriesOf } from "../../src/core/forecast/series.ts";
import { monitorName } from "../../src/core/monitor/monitor-name.ts";
import type { DescribeReply } from "../service-monitor/replies.ts";
import { within } from "../service-monitor/within.ts";
import { shortageNews } from "./news.ts";
import type { NewsLog } from "./news-log.ts";
import type { HistoryRecord } from "./record.ts";
import { putNote, readNote } from "./storage.ts";

const ANSWER_MS = 3_000;
const HEALTHY_ENOUGH: readonly unknown[] = [0, 1];
const CLOSED = 0;
/** A shortage within this time is told; it is over when so much of the capacity is no longer reached. */
const TOLD_AHEAD_MS = 86_400_000;
const RELEASE_RATIO = 0.95;

export interface DescribedMonitors {
  getByName(name: string): { describe(query: { readonly eventsAfter: number }): Promise<DescribeReply> };
}

export interface Made {
  readonly series: Series;
  readonly forecast: Forecast;
}

export class ForecastKeeper {
  readonly #sql: SqlStorage;
  readonly #record: HistoryRecord;
  readonly #log: NewsLog;
  /** By region, "" for all of them; of the last step that was over. */
  readonly #made = new Map<string, { readonly endStep: number; readonly stepMs: number; readonly made: Made }>();
  #isShort: boolean;
  #watchedHour = 0;

  constructor(sql: SqlStorage, record: HistoryRecord, log: NewsLog) {
    this.#sql = sql;
    this.#record = record;
    this.#log = log;
    this.#isShort = readNote(sql, "shortage") === true;
  }

  /** The forecast of what follows the last step that is over; null before the first look at the monitors. */
  of(region: string | null): Made | null {
    const { slot } = this.#record.mark;
    if (slot === null) return null;
    const known = this.#made.get(region ?? "");
    const isOver = (stepMs: number) => Math.floor((slot * 10_000) / stepMs);
    if (known !== undefined && isOver(known.stepMs) === known.endStep) return known.made;
    const series = seriesOf((tier, first, end) => this.#record.buckets(tier, first, end), slot, region);
    const { values, seasons, horizon, firstStep, stepMs } = series;
    const made = { series, forecast: forecast(values, seasons, horizon, firstStep) };
    this.#made.set(region ?? "", { endStep: isOver(stepMs), stepMs, made });
    return made;
  }

  /** Tells, once an hour, of a shortage that is expected within a day, and when it no longer is. Never rejects. */
  async watch(monitors: DescribedMonitors, service: string, nowMs: number): Promise<void> {
    const hour = Math.floor(nowMs / 3_600_000);
    if (hour === this.#watchedHour) return;
    this.#watchedHour = hour;
    const made = this.of(null);
    if (made === null || made.series.seasons.length === 0) return;
    const capacity = await askCapacity(monitors, service);
    if (capacity?.rps == null || !(capacity.rps > 0)) return;
    const steps = TOLD_AHEAD_MS / made.series.stepMs;
    const limit = this.#isShort ? capacity.rps * RELEASE_RATIO : capacity.rps;
    const { expected } = timeToCapacity(made.forecast, limit);
    const isShort = expected !== null && expected <= steps;
    if (isShort === this.#isShort) return;
    this.#isShort = isShort;
    putNote(this.#sql, "shortage", isShort);
    const peak = Math.max(...made.forecast.values.slice(0, steps));
    const inMs = expected === null ? null : expected * made.series.stepMs;
    this.#log.add(shortageNews({ isShort, capacityRps: capacity.rps, peakRps: peak, inMs }, nowMs));
  }
}

/** What the root's monitor knows of the endpoints' capacity; null when it gives no answer. Never rejects. */
export async function askCapacity(monitors: DescribedMonitors, service: string): Promise<Capacity | null> {
  try {
    const root = monitors.getByName(monitorName(service, "root"));
    const reply = await within(root.describe({ eventsAfter: Number.MAX_SAFE_INTEGER }), ANSWER_MS);
    if (!reply.ok) return null;
    return capacityOf(
      reply.description.endpoints.map(({ health, breaker, passive }) => ({
        isServing: HEALTHY_ENOUGH.includes(health) && breaker === CLOSED,
        knownRps: passive.knownRps,
      })),
    );
  } catch {
    return null;
  }
}

/** When a forecast reaches a capacity, as times. */
export function whenReached(
  { series, forecast: made }: Made,
  capacity: Capacity | null,
): { readonly expectedAtMs: number | null; readonly earliestAtMs: number | null } {
  if (capacity?.rps == null) return { expectedAtMs: null, earliestAtMs: null };
  const { expected, earliest }: TimeToCapacity = timeToCapacity(made, capacity.rps);
  const first = series.firstStep + series.values.length;
  const at = (step: number | null) => (step === null ? null : (first + step - 1) * series.stepMs);
  return { expectedAtMs: at(expected), earliestAtMs: at(earliest) };
}
