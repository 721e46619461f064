/** What a service's history answers, and its methods as callers see them. */
import type { Forecast } from "../../src/core/forecast/forecast.ts";
import type { Capacity } from "../../src/core/forecast/headroom.ts";
import type { HistoryColumns } from "../../src/core/history/columns.ts";
import type { ObjectiveStatus } from "../../src/core/slo/status.ts";
import type { UnopenedRows } from "../../src/security/at-rest/row-seal.ts";
import type { MeshEvent } from "../../src/telemetry/events/event.ts";

export interface HistoryQuery {
  readonly fromMs: number;
  readonly toMs: number;
  /** Null: what suits the range. */
  readonly stepMs: number | null;
}

/** `knownToMs`: up to when the monitors were asked; null before the first answer. */
export interface HistoryReply extends HistoryColumns {
  readonly service: string;
  readonly knownToMs: number | null;
}

export interface SloReply {
  readonly service: string;
  readonly knownToMs: number | null;
  /** In the order of the config; empty where nothing is promised, and before the monitors were asked. */
  readonly objectives: readonly ObjectiveStatus[];
}

export interface ForecastReply extends Forecast {
  readonly service: string;
  /** Null: all of them. */
  readonly region: string | null;
  readonly step: number;
  /** When each step begins: the first is the one after the last that was over. */
  readonly atMs: readonly number[];
  /** Steps of the history that are known. */
  readonly known: number;
  /** Null: the service's monitor gave no answer, or the question was about one region: endpoints serve all of them. */
  readonly capacity: Capacity | null;
  /** When the load reaches it: expected, and with one chance in ten. Null: not in this time, or nobody knows. */
  readonly expectedAtMs: number | null;
  readonly earliestAtMs: number | null;
}

/** The methods of `ServiceHistory`. Asked anything, it begins to record, and goes on for as long as the mesh has the service. */
export interface ServiceHistoryCalls {
  /** Records from now on, if it does not yet. Cheap: for a watchdog. */
  start(): Promise<void>;
  history(query: HistoryQuery): Promise<HistoryReply>;
  /** How the objectives stand. */
  slo(): Promise<SloReply>;
  /** Null before the monitors were asked. */
  forecast(query: { readonly region: string | null }): Promise<ForecastReply | null>;
  /** Rows that HEDDLE_STORAGE_KEY opens no more. */
  unopened(): Promise<UnopenedRows>;
  /** Events with numbers above `after`, oldest first; the last one's number is the next cursor. A read; nothing is waited for. */
  news(query: { readonly after: number }): Promise<readonly { readonly n: number; readonly event: MeshEvent }[]>;
}
