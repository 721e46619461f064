/**
 * What a regional object and the root object of its service say to each other, and how each decodes the other's words. A
 * shard and its regional object say the same, and what only they know in fields of its own.
 */

import { isFullList } from "../full-list.ts";
import type { RegionView } from "../health/coordinator.ts";
import { checkDelta } from "../health/report-check.ts";
import { type HealthCode, MAX_REPORT_ENDPOINTS, type ProbeLease, type ReportDelta } from "../protocol.ts";
import { isRegion, type Region } from "../region.ts";
import { checkWords, type RolloutWord } from "../rollout/word.ts";
import type { HeardTraffic } from "./monitor.ts";
import { MAX_SHARDS } from "./monitor-name.ts";
import { checkOverrideSet, type OverrideSet } from "./override.ts";

/** Region to root: what was merged since the last message, and the region's own verdicts in columns parallel to `ids`. */
export interface ExchangeMessage {
  readonly v: number;
  readonly service: string;
  readonly meshVersion: string;
  readonly region: Region;
  /** Random, chosen once per life of the regional object: its sequence numbers start anew with it. */
  readonly reporter: string;
  readonly seq: number;
  readonly delta: ReportDelta;
  readonly ids: readonly string[];
  /** From active checks: 0 no opinion, 1 healthy, 2 unhealthy, 3 not ready. */
  readonly health: readonly HealthCode[];
  /** Since the last good probe; -1 for never. */
  readonly healthyAgoMs: readonly number[];
  /** Real attempts of the last 10 s (decayed), good and failed. */
  readonly good: readonly number[];
  readonly failed: readonly number[];
  /** From a shard to its regional object; null from a regional object. */
  readonly shard: ShardWord | null;
  /** Since a request was last in flight or answered; -1 for never. Absent in peers of before: unknown. */
  readonly idleMs?: readonly number[];
  /** Which of the root's overrides it has; 0 none. Absent: it does not understand them. */
  readonly overridesRevision?: number;
  /** What the region has to do. Absent: unknown. */
  readonly traffic?: HeardTraffic;
}

/** What a shard says of itself and its isolates. */
export interface ShardWord {
  readonly index: number;
  /** Isolates heard lately. */
  readonly reporters: number;
  /** Their requests in flight now, parallel to `ids`. */
  readonly inFlight: readonly number[];
}

/** Root to region: the view of that region over all of them. Columns run parallel to `view.ids`. */
export interface RootRow {
  readonly v: number;
  readonly meshVersion: string;
  readonly atMs: number;
  /** Regions heard lately, this one included. 1: the region's own view is all there is. */
  readonly regions: number;
  readonly view: RegionView;
  /** What an operator told the root; 0 nothing. */
  readonly told: readonly HealthCode[];
  readonly quorum: readonly HealthCode[];
  readonly down: readonly number[];
  readonly opinions: readonly number[];
  readonly leases: readonly ProbeLease[];
  /** From a regional object to its shards; null from the root. */
  readonly region: RegionWord | null;
  /** Weights of rollouts. Absent: none was heard of. */
  readonly rollouts?: readonly RolloutWord[];
  /** What operators make of the weights, percent, parallel to `view.ids`; it is in `view.weight` already. Absent: 100 all. */
  readonly percent?: readonly number[];
  /** Of the root's overrides. Absent from a shard's region, and from a root of before: `told` says all there is. */
  readonly overridesRevision?: number;
  /** The overrides, where the region has others. */
  readonly overrides?: OverrideSet;
  /** Of the discovered endpoints; a later one is to be asked for. Absent: none. */
  readonly endpointsRevision?: number;
}

/** What a regional object knows of all the isolates of its region. */
export interface RegionWord {
  readonly reporters: number;
  /** Parallel to `view.ids`. */
  readonly inFlight: readonly number[];
  /** Utilisation that endpoints told, parallel to `view.ids`; -1 unknown. Absent: none told any. */
  readonly load?: readonly number[];
}

export type ExchangeReply =
  | { readonly ok: true; readonly row: RootRow }
  | {
      readonly ok: false;
      readonly error: "unknown_service" | "invalid_message" | "not_configured";
      readonly detail: string;
    };

export const EXCHANGE_VERSION = 1;

export type MessageCheck =
  | { readonly ok: true; readonly message: ExchangeMessage }
  | { readonly ok: false; readonly detail: string };

/** Decodes a message: sizes bounded, numbers finite, columns of equal length. Unknown fields are ignored. Never throws. */
export function checkMessage(value: unknown): MessageCheck {
  if (typeof value !== "object" || value === null) return { ok: false, detail: "message is not an object" };
  const m = value as Record<string, unknown>;
  const delta = checkDelta(m.delta);
  if (!delta.ok) return delta;
  if (!isRegion(m.region)) return { ok: false, detail: "region is not one of ours" };
  if (!isCount(m.v) || !isCount(m.seq)) return { ok: false, detail: "v or seq is not an integer from 1" };
  if (!isName(m.service) || !isName(m.reporter)) return { ok: false, detail: "service or reporter is not a name" };
  const { ids } = m;
  if (!isFullList(ids) || ids.length > MAX_REPORT_ENDPOINTS || !ids.every(isName)) {
    return { ok: false, detail: "ids is not a list of names" };
  }
  const columns: Record<string, number[]> = {};
  for (const key of ["health", "healthyAgoMs", "good", "failed"]) {
    const column = m[key] ?? ids.map(() => (key === "healthyAgoMs" ? -1 : 0));
    if (!isColumn(column, ids.length)) return { ok: false, detail: `${key} is not a column of ${ids.length} numbers` };
    columns[key] = column;
  }
  const shard = checkShard(m.shard ?? null, ids.length);
  if (shard === undefined) return { ok: false, detail: "shard is not an index, a count and a column" };
  return {
    ok: true,
    message: {
      v: m.v,
      service: m.service,
      meshVersion: isName(m.meshVersion) ? m.meshVersion : "",
      region: m.region,
      reporter: m.reporter,
      seq: m.seq,
      delta: delta.delta,
      ids,
      health: columns.health!.map((code) => (code === 1 || code === 2 || code === 3 ? code : 0)),
      healthyAgoMs: columns.healthyAgoMs!,
      good: columns.good!,
      failed: columns.failed!,
      shard,
      ...(isColumn(m.idleMs, ids.length) && { idleMs: m.idleMs }),
      ...(isAmount(m.overridesRevision) && { overridesRevision: m.overridesRevision }),
      ...checkTraffic(m.traffic),
    },
  };
}

/** Undefined for what is no word of a shard. */
function checkShard(value: unknown, size: number): ShardWord | null | undefined {
  if (value === null) return null;
  const { index, reporters, inFlight } = value as Record<keyof ShardWord, unknown>;
  if (!isAmount(index) || index >= MAX_SHARDS || !Number.isInteger(index)) return undefined;
  if (!isAmount(reporters) || !isColumn(inFlight, size)) return undefined;
  return { index, reporters, inFlight };
}

function checkTraffic(value: unknown): { readonly traffic?: HeardTraffic } {
  if (typeof value !== "object" || value === null) return {};
  const { reporters, rps, failedRps } = value as Record<keyof HeardTraffic, unknown>;
  return isAmount(reporters) && isAmount(rps) && isAmount(failedRps) ? { traffic: { reporters, rps, failedRps } } : {};
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** Columns of a view that a region puts into force, besides `ids`. */
const VIEW_COLUMNS = ["probability", "breaker", "openForMs", "health", "weight"] as const;

/** Decodes a root's row, or null when this version does not understand it; the region then goes by its own view. Never throws. */
export function checkRow(value: unknown): RootRow | null {
  if (typeof value !== "object" || value === null) return null;
  const row = value as RootRow;
  const view = row.view as RegionView | undefined;
  if (typeof view !== "object" || view === null || !Array.isArray(view.ids)) return null;
  const size = view.ids.length;
  if (!VIEW_COLUMNS.every((key) => isColumn(view[key], size))) return null;
  if (view.admitRatio !== undefined && !isColumn(view.admitRatio, size)) return null;
  if (![row.told, row.quorum, row.down, row.opinions].every((column) => isColumn(column, size))) return null;
  if (![row.regions, view.retryAllow, view.shed].every(Number.isFinite) || !Array.isArray(row.leases)) return null;
  const region = row.region ?? null;
  if (region !== null && !(isAmount(region.reporters) && isColumn(region.inFlight, size))) return null;
  if (region?.load !== undefined && !isColumn(region.load, size)) return null;
  const { rollouts, percent, overridesRevision, overrides, endpointsRevision, ...rest } = row;
  const set = checkOverrideSet(overrides);
  return {
    ...rest,
    region,
    ...(rollouts !== undefined && { rollouts: checkWords(rollouts) }),
    ...(isColumn(percent, size) && percent.every((of) => of > 0) && { percent }),
    ...(isAmount(overridesRevision) && { overridesRevision }),
    ...(set !== null && { overrides: set }),
    ...(isAmount(endpointsRevision) && { endpointsRevision }),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= 256;
}

function isColumn(value: unknown, size: number): value is number[] {
  return isFullList(value) && value.length === size && value.every(Number.isFinite);
}
