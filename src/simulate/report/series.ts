/** What the charts draw: the timeline of a run, thinned to what a screen can show. */
import type { EndpointSummary, SimulationResult, Timeline } from "../result.ts";

/** One endpoint's requests, or those of several small ones together. */
export interface EndpointSeries {
  readonly label: string;
  readonly isFaulty: boolean;
  readonly attempts: readonly number[];
}

/** More buckets than this look the same on a screen and only make the file larger. */
export const MAX_BUCKETS = 240;
/** As many as there are colours that can be told apart. */
export const MAX_SERIES = 8;

/**
 * The timeline in at most `MAX_BUCKETS` buckets. Counts of merged buckets are added; of their percentiles the worst is
 * kept, so that a short spike is not smoothed away.
 */
export function thinned(timeline: Timeline): Timeline {
  const group = Math.ceil(timeline.atMs.length / MAX_BUCKETS);
  if (group <= 1) return timeline;
  const merge = (column: readonly number[], by: (values: readonly number[]) => number) =>
    Array.from({ length: Math.ceil(column.length / group) }, (_, index) =>
      by(column.slice(index * group, (index + 1) * group)),
    );
  return {
    bucketMs: timeline.bucketMs * group,
    atMs: merge(timeline.atMs, (values) => values[0]!),
    requests: merge(timeline.requests, sum),
    failed: merge(timeline.failed, sum),
    retries: merge(timeline.retries, sum),
    shed: merge(timeline.shed, sum),
    p50Ms: merge(timeline.p50Ms, worst),
    p90Ms: merge(timeline.p90Ms, worst),
    p99Ms: merge(timeline.p99Ms, worst),
    attempts: timeline.attempts.map((column) => merge(column, sum)),
  };
}

/**
 * Endpoints in the order of the config, at most `MAX_SERIES`: the faulty and the busiest by themselves, the others
 * together in the last series.
 */
export function endpointSeries(
  { endpoints }: Pick<SimulationResult, "endpoints">,
  timeline: Timeline,
): EndpointSeries[] {
  const all = endpoints.map((endpoint, index) => ({
    label: endpointLabel(endpoint, endpoints),
    isFaulty: endpoint.isFaulty,
    attempts: timeline.attempts[index] ?? [],
  }));
  if (all.length <= MAX_SERIES) return all;
  const rank = (series: EndpointSeries) => (series.isFaulty ? Number.MAX_SAFE_INTEGER : sum(series.attempts));
  const own = new Set([...all].sort((a, b) => rank(b) - rank(a)).slice(0, MAX_SERIES - 1));
  const rest = all.filter((series) => !own.has(series));
  const attempts = timeline.atMs.map((_, bucket) => sum(rest.map((series) => series.attempts[bucket] ?? 0)));
  const isFaulty = rest.some((series) => series.isFaulty);
  return [...all.filter((series) => own.has(series)), { label: `${rest.length} others`, isFaulty, attempts }];
}

/** Failures that were no sheds, by bucket. A timeline counts a shed request as failed, unless a fallback answered it. */
export function failedOtherwise({ failed, shed }: Timeline): number[] {
  return failed.map((count, bucket) => Math.max(0, count - shed[bucket]!));
}

/** The id, with its service where several services are simulated. */
export function endpointLabel(
  { id, service }: Pick<EndpointSummary, "id" | "service">,
  endpoints: readonly Pick<EndpointSummary, "service">[],
): string {
  return endpoints.every((other) => other.service === service) ? id : `${service}/${id}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The largest that is a number; NaN when none is. */
function worst(values: readonly number[]): number {
  return values.reduce((most, value) => (Number.isNaN(most) || value > most ? value : most), Number.NaN);
}
