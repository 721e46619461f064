/** What a service's history answers, and its methods as callers see them. */
import type { HistoryColumns } from "../../src/core/history/columns.ts";
import type { ObjectiveStatus } from "../../src/core/slo/status.ts";
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

/** The methods of `ServiceHistory`. Asked anything, it begins to record, and goes on for as long as the mesh has the service. */
export interface ServiceHistoryCalls {
  /** Records from now on, if it does not yet. Cheap: for a watchdog. */
  start(): Promise<void>;
  history(query: HistoryQuery): Promise<HistoryReply>;
  /** How the objectives stand. */
  slo(): Promise<SloReply>;
  /** Events with numbers above `after`, oldest first; the last one's number is the next cursor. A read; nothing is waited for. */
  news(query: { readonly after: number }): Promise<readonly { readonly n: number; readonly event: MeshEvent }[]>;
}
