/** What a service's history answers, and its methods as callers see them. */
import type { HistoryColumns } from "../../src/core/history/columns.ts";

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

/** The methods of `ServiceHistory`. Asked anything, it begins to record, and goes on for as long as the mesh has the service. */
export interface ServiceHistoryCalls {
  /** Records from now on, if it does not yet. Cheap: for a watchdog. */
  start(): Promise<void>;
  history(query: HistoryQuery): Promise<HistoryReply>;
}
