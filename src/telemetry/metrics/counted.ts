/** Families of what was counted: counters and histograms, from the series of monitors. */
import { BOUNDS_S, BUCKETS } from "../../core/traffic/buckets.ts";
import {
  COUNTER_FAMILIES,
  type CounterFamily,
  HISTOGRAM_FAMILIES,
  type HistogramFamily,
} from "../../core/traffic/families.ts";
import type { ScrapedObject } from "./scraped.ts";
import type { HistogramSample, Labels, MetricFamily, Sample } from "./write.ts";

/** Where an object's series belong. */
export function placeOf({ description }: ScrapedObject): Labels {
  return [
    ["service", description.service],
    ["region", description.scope],
  ];
}

/** All families of counters and histograms. Linear in the series. */
export function countedFamilies(objects: readonly ScrapedObject[]): readonly MetricFamily[] {
  return [
    counter(objects, "requests", "heddle_requests", "Requests that ended, by the service that their route chose."),
    histogram(
      objects,
      "durations",
      "heddle_request_duration_seconds",
      "From a request's arrival to the head of its answer.",
    ),
    histogram(
      objects,
      "upstream",
      "heddle_upstream_duration_seconds",
      "Time to the head of the answer, of attempts that brought one.",
    ),
    unrouted(objects),
    counter(objects, "attempts", "heddle_attempts", "Attempts at endpoints, by what came of them."),
    ...events(objects),
    counter(objects, "ejections", "heddle_ejections", "Endpoints whose breaker was opened, by cause."),
    counter(objects, "transitions", "heddle_breaker_transitions", "Changes of breakers, by their new state."),
    counter(objects, "checks", "heddle_probe_results", "Active checks, by result."),
    counter(objects, "lentProbes", "heddle_lent_probes", "Requests that tried a half-open breaker, by result."),
  ];
}

function counter(objects: readonly ScrapedObject[], family: CounterFamily, name: string, help: string): MetricFamily {
  const { labels } = COUNTER_FAMILIES[family];
  const samples = objects.flatMap((object) =>
    object.series.counters[family].map(([values, value]) => ({ labels: labelled(object, labels, values), value })),
  );
  return { name, help, unit: "", type: "counter", samples };
}

function labelled(object: ScrapedObject, labels: readonly string[], values: readonly string[]): Labels {
  return [...placeOf(object), ...labels.map((label, i) => [label, values[i]!] as const)];
}

function histogram(
  objects: readonly ScrapedObject[],
  family: HistogramFamily,
  name: string,
  help: string,
): MetricFamily {
  const { labels } = HISTOGRAM_FAMILIES[family];
  const histograms = objects.flatMap((object) =>
    object.series.histograms[family].map(([values, column]) => cumulative(labelled(object, labels, values), column)),
  );
  return { name, help, unit: "seconds", type: "histogram", bounds: BOUNDS_S, histograms };
}

function cumulative(labels: Labels, column: readonly number[]): HistogramSample {
  let count = 0;
  const buckets = BOUNDS_S.map((_, i) => {
    count += column[i]!;
    return count;
  });
  return { labels, buckets, count: count + column[BUCKETS - 1]!, sum: column[BUCKETS]! / 1_000 };
}

/** They met no service: `via` is the one in whose report they came, which keeps the series of several monitors apart. */
function unrouted(objects: readonly ScrapedObject[]): MetricFamily {
  const { labels } = COUNTER_FAMILIES.unrouted;
  return {
    name: "heddle_unrouted_requests",
    help: "Requests that the mesh answered before a service was chosen: no route, redirects, preflights, faults.",
    unit: "",
    type: "counter",
    samples: objects.flatMap(({ description: { service, scope }, series }) =>
      series.counters.unrouted.map(([values, value]) => ({
        labels: [["via", service], ["region", scope], ...labels.map((label, i) => [label, values[i]!] as const)],
        value,
      })),
    ),
  };
}

/** Counters of isolates that have at most one label of their own. */
const EVENTS: readonly {
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  readonly of: Readonly<Record<string, string>>;
}[] = [
  { name: "heddle_retries", help: "Attempts that were made again.", of: { retries: "" } },
  { name: "heddle_retries_wanted", help: "First attempts that a retry could mend.", of: { retriesWanted: "" } },
  { name: "heddle_hedges", help: "Attempts that were made beside a slow one.", of: { hedges: "" } },
  {
    name: "heddle_sheds",
    help: "Requests that were not let in, by why.",
    label: "reason",
    of: { shed: "shed", overflowed: "overflow" },
  },
  {
    name: "heddle_fallbacks",
    help: "Requests that a fallback answered, by its type.",
    label: "type",
    of: { fallbackService: "service", fallbackStale: "stale", fallbackResponse: "response" },
  },
  {
    name: "heddle_mirrors",
    help: "Copies of requests for this service. Those that failed were sent too.",
    label: "result",
    of: { mirrorsSent: "sent", mirrorsTooLarge: "too_large", mirrorsFailed: "failed" },
  },
  {
    name: "heddle_rate_limit_decisions",
    help: "Decisions of rate limits. What was denied on trial was let in.",
    label: "decision",
    of: { limitAllowed: "allowed", limitDenied: "denied", limitTrialDenied: "trial_denied" },
  },
  { name: "heddle_sync_calls", help: "Exchanges that isolates began.", of: { syncCalls: "" } },
  { name: "heddle_sync_failures", help: "Exchanges without an answer.", of: { syncFailures: "" } },
  { name: "heddle_cold_starts", help: "Isolates that reported for the first time.", of: { coldStarts: "" } },
  { name: "heddle_cold_requests", help: "Requests that waited for a first snapshot.", of: { coldRequests: "" } },
];

function events(objects: readonly ScrapedObject[]): readonly MetricFamily[] {
  const counted = objects
    .filter(({ description }) => description.scope !== "root")
    .map((object) => ({ object, counts: new Map(object.series.counters.events.map(([[name], n]) => [name!, n])) }));
  return EVENTS.map(({ name, help, label, of }) => ({
    name,
    help,
    unit: "",
    type: "counter",
    samples: counted.flatMap(({ object, counts }) =>
      Object.entries(of).map(
        ([event, value]): Sample => ({
          labels: label === undefined ? placeOf(object) : [...placeOf(object), [label, value]],
          value: counts.get(event) ?? 0,
        }),
      ),
    ),
  }));
}
