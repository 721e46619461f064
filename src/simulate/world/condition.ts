/**
 * What is wrong with an endpoint, the traffic or the state plane at a moment: pure functions of the scenario and the time.
 * Faults that overlap add up: the worst reach, the product of the slowdowns and of the servers left, any error share.
 */
import type { Region } from "../../core/region.ts";
import type { Fault, Scenario, ScheduledFault, Target } from "../scenario.ts";

/** How a connection to an endpoint fares. */
export type Reach = "answers" | "refuses" | "swallows";

/** What is wrong with one endpoint now. Values are shared: never changed in place. */
export interface Condition {
  readonly reach: Reach;
  /** Everything is answered with 500, at once. */
  readonly failsFast: boolean;
  /** 0..1 of requests answered with 500, after the usual time. */
  readonly errorRatio: number;
  /** Multiplies service times. */
  readonly slowdown: number;
  /** 0..1 of its servers that are left, > 0. */
  readonly serversRatio: number;
  /** 0..1 of its capacity that somebody else asks for. */
  readonly antagonistRatio: number;
  /** Edge regions whose packets do not arrive: bits by region index. */
  readonly lostFrom: number;
}

export const WELL: Condition = {
  reach: "answers",
  failsFast: false,
  errorRatio: 0,
  slowdown: 1,
  serversRatio: 1,
  antagonistRatio: 0,
  lostFrom: 0,
};

/** The least share of the servers that a cut leaves. */
const LEAST_SERVERS_RATIO = 0.01;

/** What a target is matched against. */
export interface Place {
  readonly id: string;
  readonly cloud: string;
  readonly region: string;
}

/** Whether a target means the endpoint. */
export function isMeant(target: Target, { id, cloud, region }: Place): boolean {
  switch (target.type) {
    case "endpoint":
      return target.id === id;
    case "cloud":
      return target.cloud === cloud;
    case "region":
      return target.cloud === cloud && target.region === region;
    case "all":
      return true;
  }
}

/** Whether some fault of the scenario hits the endpoint. */
export function isFaulty({ faults }: Scenario, place: Place): boolean {
  return faults.some(({ fault }) => "target" in fault && isMeant(fault.target, place));
}

/** Whether the fault is on. `sinceMs`: from the end of the warm-up. */
export function isOn({ atMs, forMs }: ScheduledFault, sinceMs: number): boolean {
  return sinceMs >= atMs && sinceMs < atMs + forMs;
}

/**
 * The condition of an endpoint.
 *
 * - `sinceMs`: from the end of the warm-up.
 * - `regions`: the world's edge regions, for paths.
 */
export function conditionOf(scenario: Scenario, place: Place, regions: readonly Region[], sinceMs: number): Condition {
  let condition = WELL;
  for (const scheduled of scenario.faults) {
    const { fault } = scheduled;
    if (!("target" in fault) || !isOn(scheduled, sinceMs) || !isMeant(fault.target, place)) continue;
    condition = withFault(condition, fault, sinceMs - scheduled.atMs, regions);
  }
  return condition;
}

function withFault(c: Condition, fault: Fault, ageMs: number, regions: readonly Region[]): Condition {
  switch (fault.type) {
    case "down":
    case "cold-recovery":
      return { ...c, reach: worseReach(c.reach, "refuses") };
    case "black-hole":
    case "outage":
      return { ...c, reach: "swallows" };
    case "flap":
      return isFlapDown(fault.periodMs, ageMs) ? { ...c, reach: worseReach(c.reach, "refuses") } : c;
    case "gray":
      return { ...c, errorRatio: Math.max(c.errorRatio, fault.errorPercent / 100) };
    case "fast-fail":
      return { ...c, failsFast: true };
    case "slow":
      return { ...c, slowdown: c.slowdown * fault.factor };
    case "capacity-cut":
      return { ...c, serversRatio: Math.max(LEAST_SERVERS_RATIO, (c.serversRatio * fault.percent) / 100) };
    case "antagonist":
      return { ...c, antagonistRatio: c.antagonistRatio + fault.percent / 100 };
    case "path-loss":
      return { ...c, lostFrom: c.lostFrom | (1 << regions.indexOf(fault.from)) };
    case "bad-config":
    case "retry-storm":
    case "surge":
    case "partition":
      return c;
  }
}

/** Down in the first half of each period. */
function isFlapDown(periodMs: number, ageMs: number): boolean {
  return ageMs % periodMs < periodMs / 2;
}

function worseReach(a: Reach, b: Reach): Reach {
  return a === "swallows" ? a : b;
}

/** What the rate of arrivals is multiplied by. `sinceMs`: from the end of the warm-up. */
export function surgeAt({ faults }: Scenario, sinceMs: number): number {
  let factor = 1;
  for (const scheduled of faults) {
    if (scheduled.fault.type === "surge" && isOn(scheduled, sinceMs)) factor *= scheduled.fault.factor;
  }
  return factor;
}

/** The most that `surgeAt` can be. */
export function mostSurge({ faults }: Scenario): number {
  let most = 1;
  for (const { fault } of faults) if (fault.type === "surge") most *= Math.max(1, fault.factor);
  return most;
}

/** What concerns the state plane and the callers. */
export interface Weather {
  /** How often callers repeat a failed request by themselves. */
  readonly repeats: number;
  /** Regions whose isolates do not reach the state plane: bits by region index. */
  readonly partitioned: number;
}

/** The weather at a moment. `sinceMs`: from the end of the warm-up. */
export function weatherOf(scenario: Scenario, regions: readonly Region[], sinceMs: number): Weather {
  let repeats = 0;
  let partitioned = 0;
  for (const scheduled of scenario.faults) {
    const { fault } = scheduled;
    if (!isOn(scheduled, sinceMs)) continue;
    if (fault.type === "retry-storm") repeats = Math.max(repeats, fault.retries);
    if (fault.type === "partition") {
      partitioned |= fault.from === "all" ? -1 : 1 << regions.indexOf(fault.from);
    }
  }
  return { repeats, partitioned };
}

/**
 * The next moment after `sinceMs` at which something changes; Infinity for never. A flap changes twice a period. Linear in
 * the faults.
 */
export function nextChangeMs(scenario: Scenario, sinceMs: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const scheduled of scenario.faults) {
    const { fault, atMs, forMs } = scheduled;
    for (const edgeMs of [atMs, atMs + forMs]) if (edgeMs > sinceMs && edgeMs < next) next = edgeMs;
    if (fault.type !== "flap" || !isOn(scheduled, sinceMs)) continue;
    const half = fault.periodMs / 2;
    next = Math.min(next, atMs + (Math.floor((sinceMs - atMs) / half) + 1) * half);
  }
  return next;
}
