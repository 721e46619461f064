/**
 * Names of the objects: `${service}/${region}` for what a region knows, `${service}/root` for what all of them know, and
 * `${service}/${region}/shard-${n}` for what takes a region's reports where one object could not take them all.
 */
import { remainder, xxh64 } from "../balance/xxhash64.ts";
import { isRegion, type Region } from "../region.ts";

export type MonitorScope = Region | "root";

export interface MonitorName {
  readonly service: string;
  readonly scope: MonitorScope;
  /** 0, 1, 2 …; null for a regional object or the root. */
  readonly shard: number | null;
}

/** Shards of one region at most: what one regional object can hear several times a second. */
export const MAX_SHARDS = 128;

const SHARD = /^shard-(0|[1-9][0-9]{0,2})$/;

/** The name of a service's object. */
export function monitorName(service: string, scope: MonitorScope, shard: number | null = null): string {
  return shard === null ? `${service}/${scope}` : `${service}/${scope}/shard-${shard}`;
}

/** The parts of a name; the service may contain slashes. Null for anything that is not one. Never throws. */
export function parseMonitorName(name: string | undefined): MonitorName | null {
  if (name === undefined) return null;
  const [rest, last] = cutLast(name);
  const shard = SHARD.exec(last)?.[1];
  if (shard === undefined) return rest === "" || !isScope(last) ? null : { service: rest, scope: last, shard: null };
  const [service, scope] = cutLast(rest);
  if (service === "" || !isRegion(scope) || Number(shard) >= MAX_SHARDS) return null;
  return { service, scope, shard: Number(shard) };
}

function cutLast(name: string): readonly [rest: string, last: string] {
  const cut = name.lastIndexOf("/");
  return [name.slice(0, Math.max(0, cut)), name.slice(cut + 1)];
}

function isScope(value: string): value is MonitorScope {
  return value === "root" || isRegion(value);
}

/** The object that this one reports to; null for the root. */
export function upperName({ service, scope, shard }: MonitorName): string | null {
  if (shard !== null) return monitorName(service, scope);
  return scope === "root" ? null : monitorName(service, "root");
}

const hash = new Uint32Array(2);

/**
 * Which of a region's shards a reporter talks to: always the same one, and each shard gets about as many. Null where one
 * object takes all reports (`shards` 1 or less, or unknown to the mesh that is in force).
 */
export function shardOf(reporter: string, shards: number | undefined): number | null {
  if (shards === undefined || !(shards > 1)) return null;
  xxh64(reporter, 0, hash);
  return remainder(hash[0]!, hash[1]!, Math.min(shards, MAX_SHARDS));
}
