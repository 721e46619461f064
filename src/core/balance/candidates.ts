/**
 * From "which endpoints are available" to "these may take this request": priorities, panic, degraded endpoints.
 *
 * Settling it is done once per change (`partition`, which allocates) and read per request (`candidatesFor`, which does
 * not). Levels whose members and weights are as before keep their epoch, so a breaker that opens in one priority leaves
 * what policies cached for the others.
 */
import type { Service } from "../mesh.ts";
import type { Rng } from "../rng.ts";
import type { Candidates } from "./policy.ts";
import { type PriorityCounts, priorityLoads } from "./priority.ts";

export interface PartitionInput {
  readonly service: Service;
  /** By endpoint: 0 must not be used, anything else may. */
  readonly available: Uint8Array;
  /** By endpoint: configured weight × slow start, > 0. Only watched for changes. */
  readonly weight: Float64Array;
  /** By endpoint: not 0 for one that is available but used only for what the others cannot carry. Default none. */
  readonly degraded?: Uint8Array;
  /** By endpoint: not 0 for one that an operator took out; it does not exist, in panic neither. Default none. */
  readonly barred?: Uint8Array;
  /** What was in force before, for its epochs. Left out only the first time. */
  readonly previous?: Levels;
}

/** The endpoints of one priority that are used together. */
export interface Level {
  readonly priority: number;
  readonly degraded: boolean;
  /** Availability is ignored: all endpoints of the priority are candidates. */
  readonly panic: boolean;
  /** Share of the requests, 0..100. With 0, only retries come here. */
  readonly percent: number;
  readonly candidates: Candidates;
  /** Weights of the candidates, by position, when this was made. */
  readonly weights: Float64Array;
}

export interface Levels {
  /** Healthy ones by priority, then degraded ones. No level is empty. */
  readonly all: readonly Level[];
  /** Those with a share of the requests, in the same order. Empty when nothing may be used. */
  readonly routed: readonly Level[];
  /** By endpoint: position in `all` of its level, or -1. */
  readonly levelOf: Int16Array;
  /** By endpoint: 1 when available, in panic too. */
  readonly available: Uint8Array;
  /** A priority is used until none of it is available. */
  readonly strict: boolean;
  readonly nextEpoch: number;
}

/**
 * Divides a service's endpoints into levels. Call it when availability, weights or the operator's word changed.
 * Never throws. Linear in the endpoints, times the number of priorities.
 */
export function partition(input: PartitionInput): Levels {
  const { service, available, degraded, barred } = input;
  const { endpoints, failover } = service;
  const size = endpoints.length;
  const priorities = [...new Set(endpoints.map(({ priority }) => priority))].sort((a, b) => a - b);
  const isIn = (e: number) => !barred?.[e];
  const isDegraded = (e: number) => isIn(e) && available[e] !== 0 && !!degraded?.[e];
  const isHealthy = (e: number) => isIn(e) && available[e] !== 0 && !degraded?.[e];

  const loads = priorityLoads(countHosts(service, priorities, isIn, isHealthy, isDegraded), {
    overprovisioningPercent: service.loadBalancing.overprovisioningPercent,
    panicThreshold: service.panicThreshold,
    priorities: failover.priorities,
    allOut: failover.allOut,
  });

  let nextEpoch = input.previous?.nextEpoch ?? 1;
  const all: Level[] = [];
  const add = (priority: number, isDegradedLevel: boolean, panic: boolean, percent: number, has: Membership) => {
    const members = [];
    for (let e = 0; e < size; e++) if (endpoints[e]!.priority === priority && has(e)) members.push(e);
    if (members.length === 0) return;
    const known = findAlike(input.previous, priority, isDegradedLevel, members, input.weight);
    all.push({
      priority,
      degraded: isDegradedLevel,
      panic,
      percent,
      candidates: known?.candidates ?? { index: Uint16Array.from(members), count: members.length, epoch: nextEpoch++ },
      weights: known?.weights ?? Float64Array.from(members, (e) => input.weight[e]!),
    });
  };
  priorities.forEach((priority, p) => {
    const panic = loads.panic[p]!;
    if (panic) add(priority, false, true, loads.healthy[p]! + loads.degraded[p]!, isIn);
    else add(priority, false, false, loads.healthy[p]!, isHealthy);
  });
  priorities.forEach((priority, p) => {
    if (!loads.panic[p]) add(priority, true, false, loads.degraded[p]!, isDegraded);
  });

  const levelOf = new Int16Array(size).fill(-1);
  all.forEach((level, at) => {
    for (const e of level.candidates.index) levelOf[e] = at;
  });
  return {
    all,
    routed: all.filter(({ percent }) => percent > 0),
    levelOf,
    available: Uint8Array.from(available, (value) => (value === 0 ? 0 : 1)),
    strict: failover.priorities === "strict",
    nextEpoch,
  };
}

/**
 * The level this request goes to, drawn by the levels' shares; null when nothing may be used (503 UH).
 * Uses a number of chance only when there is a choice. Never throws, does not allocate.
 */
export function candidatesFor(levels: Levels, rng: Rng): Level | null {
  return levels.routed.length > 1 ? levelAt(levels, rng()) : (levels.routed[0] ?? null);
}

/**
 * The level at a point of [0, 1). With a point that depends on the request's hash key (`hashPoint`), the same key keeps
 * its priority while the shares stay; null when nothing may be used. Never throws, does not allocate.
 */
export function levelAt(levels: Levels, point: number): Level | null {
  const { routed } = levels;
  let left = point * 100;
  for (let at = 0; at < routed.length - 1; at++) {
    const level = routed[at]!;
    if (left < level.percent) return level;
    left -= level.percent;
  }
  return routed[routed.length - 1] ?? null;
}

type Membership = (endpoint: number) => boolean;

function countHosts(
  { endpoints }: Service,
  priorities: readonly number[],
  isIn: Membership,
  isHealthy: Membership,
  isDegraded: Membership,
): PriorityCounts {
  const at = new Map(priorities.map((priority, p) => [priority, p]));
  const hosts = priorities.map(() => 0);
  const healthy = priorities.map(() => 0);
  const degraded = priorities.map(() => 0);
  endpoints.forEach(({ priority }, e) => {
    const p = at.get(priority)!;
    if (isIn(e)) hosts[p]!++;
    if (isHealthy(e)) healthy[p]!++;
    if (isDegraded(e)) degraded[p]!++;
  });
  return { hosts, healthy, degraded };
}

function findAlike(
  previous: Levels | undefined,
  priority: number,
  degraded: boolean,
  members: readonly number[],
  weight: Float64Array,
): Level | undefined {
  return previous?.all.find(
    (level) =>
      level.priority === priority &&
      level.degraded === degraded &&
      level.candidates.count === members.length &&
      members.every((e, position) => level.candidates.index[position] === e && level.weights[position] === weight[e]),
  );
}
