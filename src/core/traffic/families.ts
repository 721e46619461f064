/**
 * The families of series that a monitor adds up, with the labels that tell the series of each apart and how many there may
 * be. Service and region are not among the labels: an object has one of each.
 */

export interface Family {
  readonly labels: readonly string[];
  /** Of series in one object; what is above goes to the series whose open labels are "other". */
  readonly max: number;
  /** Labels whose values are not from a short list: they are given up first. */
  readonly open: readonly string[];
}

const REQUESTS = {
  labels: ["route", "endpoint", "method", "code_class", "flag"],
  max: 2_000,
  open: ["route", "endpoint"],
};

export const COUNTER_FAMILIES = {
  requests: REQUESTS,
  unrouted: { labels: ["route", "method", "code_class", "flag"], max: 500, open: ["route"] },
  attempts: { labels: ["endpoint", "outcome"], max: 4_000, open: ["endpoint"] },
  events: { labels: ["name"], max: 32, open: [] },
  ejections: { labels: ["endpoint", "cause"], max: 2_000, open: ["endpoint", "cause"] },
  transitions: { labels: ["endpoint", "to"], max: 2_000, open: ["endpoint"] },
  checks: { labels: ["endpoint", "result"], max: 2_000, open: ["endpoint"] },
  lentProbes: { labels: ["endpoint", "result"], max: 2_000, open: ["endpoint"] },
  platform: { labels: ["part"], max: 16, open: [] },
} as const satisfies Record<string, Family>;
export type CounterFamily = keyof typeof COUNTER_FAMILIES;

export const HISTOGRAM_FAMILIES = {
  durations: { labels: ["route"], max: 256, open: ["route"] },
  upstream: { labels: ["endpoint"], max: 1_000, open: ["endpoint"] },
} as const satisfies Record<string, Family>;
export type HistogramFamily = keyof typeof HISTOGRAM_FAMILIES;
