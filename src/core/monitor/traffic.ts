/** What was counted of every endpoint: since the object's life began, for guards, and over the last minute, for people. */
import type { SketchColumns } from "../protocol.ts";

/** Counts only grow within one life; another life has counted from nothing. */
export interface EndpointTotals {
  readonly id: string;
  /** Attempts by outcome. */
  readonly ok: number;
  readonly connectFailures: number;
  readonly timeouts: number;
  readonly resets: number;
  readonly responses5xx: number;
  readonly throttled: number;
  /** Of ok answers; empty where isolates keep no sketches for the service. */
  readonly latency: SketchColumns;
  readonly latencySumMs: number;
}

export interface MonitorTotals {
  /** Random, another one for every life of the object. */
  readonly life: string;
  readonly sinceMs: number;
  readonly atMs: number;
  /** Requests that wanted the service, and those of them for which no endpoint was tried. */
  readonly requests: number;
  readonly refused: number;
  /** All endpoints together, those that have left included; its id is "". */
  readonly sum: EndpointTotals;
  /** Endpoints of the service now that were ever asked. */
  readonly endpoints: readonly EndpointTotals[];
  /**
   * `refused` and `sum` as they stood about ten minutes before `atMs`, in the same life: the difference is how it went
   * lately. Absent: the life is shorter than that, and all it counted is lately.
   */
  readonly past?: { readonly refused: number; readonly sum: EndpointTotals };
}
