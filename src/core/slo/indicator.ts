/**
 * The events of an objective in a piece of history. Availability is by what downstreams got: a retry that mended a failure is
 * good. Where isolates do not count requests by route yet, it is by attempts, and requests that none was made for.
 *
 * Latency of all of a service is by its sketches (to within 4 %, and of attempts); of a route by its histogram, from the
 * request's arrival, for which the threshold has to be one of the histogram's bounds.
 */
import type { Bucket } from "../history/bucket.ts";
import { wholeOf } from "../history/bucket.ts";
import type { RouteCounts } from "../history/route-counts.ts";
import { countAbove, createSketch, mergeColumns } from "../load/sketch.ts";
import { BOUNDS_S } from "../traffic/buckets.ts";
import type { Events } from "./burn.ts";
import type { Objective } from "./objective.ts";

const NONE: Events = { total: 0, bad: 0 };

/** What counts for the objective. Linear in the bucket. */
export function eventsOf(bucket: Bucket, { kind, route, thresholdMs }: Objective): Events {
  const { routes } = bucket;
  if (route !== null) {
    const counts = routes.get(route);
    if (counts === undefined) return NONE;
    return kind === "availability" ? asked(counts) : slow(counts, thresholdMs!);
  }
  if (kind === "availability" && routes.size > 0) return [...routes.values()].map(asked).reduce(add, NONE);
  const { good, failed, refused, latency } = wholeOf(bucket);
  if (kind === "availability") return { total: good + failed + refused, bad: failed + refused };
  const sketch = createSketch();
  mergeColumns(sketch, latency);
  return { total: sketch.total, bad: countAbove(sketch, thresholdMs!) };
}

function asked({ requests, failed }: RouteCounts): Events {
  return { total: requests, bad: failed };
}

function slow({ durations }: RouteCounts, thresholdMs: number): Events {
  const within = BOUNDS_S.filter((bound) => bound * 1_000 <= thresholdMs).length;
  const count = (from: number, to: number) => durations.slice(from, to).reduce((sum, one) => sum + one, 0);
  return { total: count(0, durations.length), bad: count(within, durations.length) };
}

function add(a: Events, b: Events): Events {
  return { total: a.total + b.total, bad: a.bad + b.bad };
}
