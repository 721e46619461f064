/**
 * How traffic is split over priorities, and which of them are in panic: Envoy's whole-percent arithmetic.
 *
 *     health(P) = min(100, floor(overprovisioning × healthy / hosts)), at least 1 when any host is healthy
 *     total     = min(100, sum of health(P), degraded hosts counted the same way)
 *     load(P)   = min(100 − given so far, round(health(P) × 100 / total)); degraded hosts get what the healthy ones leave
 *     panic(P)  = total < 100 and fewer than the threshold's percent of P's hosts are healthy or degraded
 *
 * Envoy's code rounds the load down and gives the remainder to the first healthy priority; its published tables round to
 * the nearest. We follow the tables; the two differ by one percent. "At least 1" is ours too: of 1,000 hosts a single
 * healthy one would count as none.
 *
 * What happens in panic is the config's choice (failover.allOut) and not an accident of the arithmetic:
 * - `panic`: Envoy's. When every priority is in panic or nothing is available, load goes by host count.
 * - `nextPriority`: only the last priority may be in panic.
 * - `fail`: a priority with something left may be in panic by its threshold; with nothing left anywhere there is no load.
 *
 * Source: Envoy docs, arch_overview/upstream/load_balancing/{priority,panic_threshold,degraded}.rst.
 */
import type { Failover } from "../mesh.ts";

export interface PriorityCounts {
  /** Per priority, 0 first: hosts, those that are healthy, and those that are degraded (available, but worse). */
  readonly hosts: readonly number[];
  readonly healthy: readonly number[];
  readonly degraded: readonly number[];
}

export interface PriorityRules {
  /** Percent; 140 lets a priority lose 28 % of its hosts before traffic spills. */
  readonly overprovisioningPercent: number;
  /** Percent, 0..100; 0 switches panic by share off. */
  readonly panicThreshold: number;
  readonly priorities: Failover["priorities"];
  readonly allOut: Failover["allOut"];
}

export interface PriorityLoads {
  /** Whole percent per priority. Together with `degraded` they sum to 100, or to 0 when nothing may be used. */
  readonly healthy: number[];
  readonly degraded: number[];
  readonly panic: boolean[];
  /** The normalised total health, 0..100. */
  readonly total: number;
}

/** Splits 100 % of the traffic. Never throws. Linear in the priorities. */
export function priorityLoads(counts: PriorityCounts, rules: PriorityRules): PriorityLoads {
  const { hosts } = counts;
  const health = hosts.map((n, p) => healthPercent(counts.healthy[p]!, n, rules.overprovisioningPercent));
  const worse = hosts.map((n, p) => healthPercent(counts.degraded[p]!, n, rules.overprovisioningPercent));
  const total = Math.min(100, sum(health) + sum(worse));
  if (total === 0) return allOutLoads(hosts, rules.allOut);

  const strict = rules.priorities === "strict";
  const healthy = strict ? firstTakesAll(health, 100) : distribute(health, total, 100);
  const left = 100 - sum(healthy);
  const degraded = strict ? firstTakesAll(worse, left) : distribute(worse, total, left);
  giveRemainder(healthy, degraded, health, worse);

  const last = hosts.findLastIndex((n) => n > 0);
  const panic = hosts.map((n, p) => {
    if (total === 100 || n === 0 || (rules.allOut === "nextPriority" && p !== last)) return false;
    return ((counts.healthy[p]! + counts.degraded[p]!) * 100) / n < rules.panicThreshold;
  });
  const everyoneInPanic = panic.every((inPanic, p) => inPanic || hosts[p] === 0);
  if (everyoneInPanic && rules.allOut === "panic" && !strict) {
    return { healthy: byHostCount(hosts), degraded: hosts.map(() => 0), panic, total };
  }
  return { healthy, degraded, panic, total };
}

/** Whole percent of health: 0 without hosts or with none healthy. */
export function healthPercent(healthy: number, hosts: number, overprovisioningPercent: number): number {
  if (hosts === 0 || healthy === 0) return 0;
  return Math.min(100, Math.max(1, Math.floor((overprovisioningPercent * healthy) / hosts)));
}

/** Gives each its share of `load` in order, as far as it lasts. `total` is the normalised total health, > 0. */
export function distribute(health: readonly number[], total: number, load: number): number[] {
  let left = load;
  return health.map((percent) => {
    const given = Math.min(left, Math.round((percent * 100) / total));
    left -= given;
    return given;
  });
}

function firstTakesAll(health: readonly number[], load: number): number[] {
  const first = health.findIndex((percent) => percent > 0);
  return health.map((_, p) => (p === first ? load : 0));
}

function giveRemainder(
  healthy: number[],
  degraded: number[],
  health: readonly number[],
  worse: readonly number[],
): void {
  const left = 100 - sum(healthy) - sum(degraded);
  if (left === 0) return;
  const first = health.findIndex((percent) => percent > 0);
  if (first >= 0) healthy[first]! += left;
  else degraded[worse.findIndex((percent) => percent > 0)]! += left;
}

function allOutLoads(hosts: readonly number[], allOut: Failover["allOut"]): PriorityLoads {
  const none = hosts.map(() => 0);
  const last = hosts.findLastIndex((n) => n > 0);
  if (allOut === "fail" || last < 0) return { healthy: none, degraded: none, panic: hosts.map(() => false), total: 0 };
  if (allOut === "nextPriority") {
    const healthy = hosts.map((_, p) => (p === last ? 100 : 0));
    return { healthy, degraded: none, panic: hosts.map((_, p) => p === last), total: 0 };
  }
  return { healthy: byHostCount(hosts), degraded: none, panic: hosts.map((n) => n > 0), total: 0 };
}

function byHostCount(hosts: readonly number[]): number[] {
  const all = sum(hosts);
  const loads = hosts.map((n) => Math.floor((100 * n) / all));
  loads[hosts.findIndex((n) => n > 0)]! += 100 - sum(loads);
  return loads;
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
