/**
 * Requests of a route as its callers saw them end, out of the series that a monitor keeps for metrics. Those outlive the
 * monitor's life, but for what was not stored at its end: when they go back, that is known already.
 */
import { BUCKETS } from "../traffic/buckets.ts";
import { COUNTER_FAMILIES } from "../traffic/families.ts";
import type { SeriesColumns } from "../traffic/series.ts";

export interface RouteCounts {
  readonly requests: number;
  /** Answered with 5xx, by an endpoint or by the mesh. */
  readonly failed: number;
  /** Of all of them, from arrival to the answer's head: as many as fell into each bucket of traffic/buckets.ts. */
  readonly durations: readonly number[];
}

const LABELS: readonly string[] = COUNTER_FAMILIES.requests.labels;
const ROUTE = LABELS.indexOf("route");
const CODE = LABELS.indexOf("code_class");
const NO_DURATIONS: readonly number[] = new Array<number>(BUCKETS).fill(0);

/** The counts of every route. Linear in the series. */
export function routeCountsOf({
  counters,
  histograms,
}: Pick<SeriesColumns, "counters" | "histograms">): ReadonlyMap<string, RouteCounts> {
  const routes = new Map<string, { requests: number; failed: number; durations: readonly number[] }>();
  for (const [values, count] of counters.requests) {
    const name = values[ROUTE]!;
    let route = routes.get(name);
    if (route === undefined) {
      route = { requests: 0, failed: 0, durations: NO_DURATIONS };
      routes.set(name, route);
    }
    route.requests += count;
    if (values[CODE] === "5xx") route.failed += count;
  }
  for (const [[name], buckets] of histograms.durations) {
    const route = routes.get(name!);
    if (route !== undefined) route.durations = buckets.slice(0, BUCKETS);
  }
  return routes;
}

/** Both together. */
export function addRouteCounts(a: RouteCounts, b: RouteCounts): RouteCounts {
  return {
    requests: a.requests + b.requests,
    failed: a.failed + b.failed,
    durations: a.durations.map((count, i) => count + (b.durations[i] ?? 0)),
  };
}

/** What was added between two readings; null for nothing. Never negative. */
export function routeCountsSince(now: RouteCounts, then: RouteCounts | undefined): RouteCounts | null {
  const requests = Math.max(0, now.requests - (then?.requests ?? 0));
  if (requests === 0) return null;
  return {
    requests,
    failed: Math.max(0, now.failed - (then?.failed ?? 0)),
    durations: now.durations.map((count, i) => Math.max(0, count - (then?.durations[i] ?? 0))),
  };
}
