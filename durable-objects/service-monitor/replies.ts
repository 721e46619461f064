/** What a monitor's RPC methods answer, and the methods as callers see them. Expected refusals are values, never thrown. */
import type { NumberedSample } from "../../src/core/decision-sample.ts";
import type { EndpointSet } from "../../src/core/endpoint-set.ts";
import type { RouteCounts } from "../../src/core/history/route-counts.ts";
import type { MonitorDescription } from "../../src/core/monitor/describe.ts";
import type { ExchangeMessage, ExchangeReply } from "../../src/core/monitor/exchange-message.ts";
import type { LoadsWord } from "../../src/core/monitor/loads.ts";
import type { MeshSlice } from "../../src/core/monitor/mesh-slice.ts";
import type { OperatorCommand, Override, OverrideSet } from "../../src/core/monitor/override.ts";
import type { OverrideImpact } from "../../src/core/monitor/override-impact.ts";
import type { MonitorTotals } from "../../src/core/monitor/traffic.ts";
import type { Report, SyncReply } from "../../src/core/protocol.ts";
import type { Region } from "../../src/core/region.ts";
import type { Totals } from "../../src/core/rollout/totals.ts";
import type { RolloutWord } from "../../src/core/rollout/word.ts";
import type { SeriesColumns } from "../../src/core/traffic/series.ts";

export type Refused<E extends string> = { readonly ok: false; readonly error: E; readonly detail: string };
/** The object's name is no monitor's, or the mesh that it runs has no such service. */
export type Unable = Refused<"unknown_service" | "not_configured">;

export type CarryReply =
  | {
      readonly ok: true;
      readonly meshVersion: string;
      /** Regions that the root has heard of; empty in a regional object. */
      readonly regions: readonly Region[];
      /** What a regional object has counted since its life began; null at the root. */
      readonly totals: Totals | null;
    }
  | {
      readonly ok: false;
      readonly error: "unknown_service" | "not_configured" | "invalid_word";
      readonly detail: string;
    };

/** `databaseBytes`: what the object has on disk. */
export type DescribeReply =
  | { readonly ok: true; readonly description: MonitorDescription; readonly databaseBytes: number }
  | Unable;

export type OperateReply =
  | {
      readonly ok: true;
      /** What was said; null for a clear. */
      readonly override: Override | null;
      /** What it replaced, or what was taken back. */
      readonly cleared: readonly Override[];
      readonly impact: OverrideImpact;
      /** Less than half of the endpoints are left; null when nothing is to be warned of. */
      readonly warning: string | null;
    }
  | Unable
  | Refused<
      | "invalid_command"
      /** The target is an endpoint that the service does not have. Clouds and regions may be named ahead of their endpoints. */
      | "unknown_endpoint"
      /** There is no override of that id. */
      | "unknown_override"
      /** No endpoint would be left to take traffic, and it is not forced. `detail` says which remain and why not. */
      | "would_empty"
      | "too_many"
    >;

/** A root's answer to the endpoints, and a region's. */
export type CarryEndpointsReply =
  | {
      readonly ok: true;
      readonly meshVersion: string;
      /** Regions that the root has heard of; empty in a regional object. */
      readonly regions: readonly Region[];
      /** The revision in force now: the one that was sent, or a later one. */
      readonly revision: number;
    }
  | Unable
  | Refused<"invalid_set">;

export type CarryLoadsReply =
  | { readonly ok: true; readonly regions: readonly Region[] }
  | Unable
  | Refused<"invalid_loads">;

export type TotalsReply =
  | {
      readonly ok: true;
      readonly meshVersion: string;
      /** Regions that the root has heard of; empty in a regional object. */
      readonly regions: readonly Region[];
      /** Null at the root, which does not count. */
      readonly totals: MonitorTotals | null;
      /** By route: requests as their callers saw them end. They go on over the object's lives. */
      readonly routes: readonly (readonly [route: string, counts: RouteCounts])[];
      /** Isolates heard lately: those that run the object's mesh, and those on another. Absent in answers of before. */
      readonly running?: Running;
    }
  | Unable;

export interface Running {
  readonly current: number;
  readonly other: number;
}

export type MetricsReply =
  | {
      readonly ok: true;
      /** Without events. Of a regional object, `shards` are those it heard; of a root, `heard` are its regions. */
      readonly description: MonitorDescription;
      readonly series: SeriesColumns;
      /** Age of the oldest snapshot that an isolate went by in the last minute, ms; 0 unknown. */
      readonly oldestSnapshotMs: number;
    }
  | Unable;

export type MeshChangedReply =
  /** The mesh in force now: the one that was told, or a later one. */
  | { readonly ok: true; readonly meshVersion: string; readonly compiledAtMs: number }
  | Refused<"invalid_mesh" | "not_configured">;

/** What the root says to a regional object at once, and not only with its next row. */
export interface RootWord {
  readonly service: string;
  readonly overrides: OverrideSet;
}

/** The methods of `ServiceMonitor`. */
export interface ServiceMonitorCalls {
  sync(report: Report): Promise<SyncReply>;
  exchange(message: ExchangeMessage): Promise<ExchangeReply>;
  carryRollout(word: RolloutWord): Promise<CarryReply>;
  /**
   * Newer endpoints of a discovered service, or of a part of one; durable when answered. Tell the root first, then its regions. Null:
   * they are not discovered any more, and the mesh's own are in force again.
   */
  carryEndpoints(word: { readonly service: string; readonly set: EndpointSet | null }): Promise<CarryEndpointsReply>;
  /** What endpoints told of their load; kept in memory. A root answers which regions to tell. */
  carryLoads(word: LoadsWord): Promise<CarryLoadsReply>;
  /** The discovered endpoints that are in force; null for none. */
  endpoints(): Promise<EndpointSet | null>;
  /** The mesh that the object runs, with its own service only: for its shards. */
  meshSlice(): Promise<MeshSlice>;
  /** The slice of a mesh that was put in force. Older than the one in force: it changes nothing. */
  meshChanged(slice: MeshSlice): Promise<MeshChangedReply>;
  /** An operator's word: at the root for all regions, durable when answered. */
  operate(command: OperatorCommand): Promise<OperateReply>;
  /** From the root to a regional object. */
  hearRoot(word: RootWord): Promise<{ readonly ok: boolean }>;
  /** Counts since the life of the object began. A read. */
  totals(): Promise<TotalsReply>;
  /** Counts of all lives of the object, and its state now. Writes what is not written yet. */
  metrics(): Promise<MetricsReply>;
  /** Sampled decisions after the number, oldest first; isolates bring more while this is asked every few seconds. */
  decisions(query: { readonly after: number }): Promise<readonly NumberedSample[]>;
  /** Everything that is known, source by source. A read. Events after `eventsAfter` only, where it is given. */
  describe(query?: { readonly eventsAfter?: number }): Promise<DescribeReply>;
}
