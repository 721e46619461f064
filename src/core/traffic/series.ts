/**
 * Series that only grow: what a monitor has been told, added up. They outlive the object, as stored text. What was not
 * stored is not shown to anybody, so that no series goes backwards when the object is evicted.
 *
 * Of each family there are so many series and no more (families.ts). Beyond, first those of endpoints that are gone make room,
 * then what is new is counted in the series "other".
 */
import { BUCKETS } from "./buckets.ts";
import {
  COUNTER_FAMILIES,
  type CounterFamily,
  type Family,
  HISTOGRAM_FAMILIES,
  type HistogramFamily,
} from "./families.ts";
import { OTHER } from "./names.ts";

/** Between the values of a series' labels; no name has it. */
const SEPARATOR = "\u0000";
/** Buckets, then the sum in ms. */
const STRIDE = BUCKETS + 1;
const STORED_VERSION = 1;

/** Mutable; owned by one object. */
export interface Series {
  readonly counters: Readonly<Record<CounterFamily, Map<string, number>>>;
  readonly histograms: Readonly<Record<HistogramFamily, Map<string, number[]>>>;
  /** Observations that went to "other" for want of room. */
  crowdedOut: number;
  /** Epoch of the first change that is not stored and is worth being; Infinity for none. */
  dirtySinceMs: number;
  /** Nothing has changed since it was stored. */
  isStored: boolean;
  /** When it was stored last in this life; -Infinity for never. */
  storedAtMs: number;
}

/** The same as plain data: labels' values in the order of the family's labels. */
export interface SeriesColumns {
  readonly counters: Readonly<Record<CounterFamily, readonly (readonly [values: readonly string[], count: number])[]>>;
  readonly histograms: Readonly<
    Record<HistogramFamily, readonly (readonly [values: readonly string[], buckets: readonly number[]])[]>
  >;
  readonly crowdedOut: number;
}

/** Nothing counted. */
export function createSeries(): Series {
  return {
    counters: mapValues(COUNTER_FAMILIES, () => new Map<string, number>()),
    histograms: mapValues(HISTOGRAM_FAMILIES, () => new Map<string, number[]>()),
    crowdedOut: 0,
    dirtySinceMs: Number.POSITIVE_INFINITY,
    isStored: true,
    storedAtMs: Number.NEGATIVE_INFINITY,
  };
}

/**
 * Adds to a counter.
 *
 * - `values`: of the family's labels, in their order.
 * - `amount`: ≥ 0; 0 changes nothing.
 *
 * Never throws. Constant time.
 */
export function addCount(
  series: Series,
  family: CounterFamily,
  values: readonly string[],
  amount: number,
  nowMs: number,
): void {
  if (!(amount > 0)) return;
  addQuietly(series, family, values, amount);
  if (nowMs < series.dirtySinceMs) series.dirtySinceMs = nowMs;
}

/** The same without a wish to be stored soon. */
export function addQuietly(series: Series, family: CounterFamily, values: readonly string[], amount: number): void {
  const known = series.counters[family];
  const key = keyFor(series, known, COUNTER_FAMILIES[family], values, amount);
  known.set(key, (known.get(key) ?? 0) + amount);
  series.isStored = false;
}

/**
 * Adds to a histogram what stands in a column of many: 16 buckets and the sum in ms, from `at` on; missing numbers are zeros.
 *
 * Never throws. Constant time.
 */
export function addHistogram(
  series: Series,
  family: HistogramFamily,
  values: readonly string[],
  column: readonly number[],
  at: number,
  nowMs: number,
): void {
  let count = 0;
  for (let i = 0; i < BUCKETS; i++) count += column[at + i] ?? 0;
  if (!(count > 0)) return;
  const known = series.histograms[family];
  const key = keyFor(series, known, HISTOGRAM_FAMILIES[family], values, count);
  let buckets = known.get(key);
  if (buckets === undefined) {
    buckets = new Array<number>(STRIDE).fill(0);
    known.set(key, buckets);
  }
  for (let i = 0; i < STRIDE; i++) buckets[i]! += column[at + i] ?? 0;
  series.isStored = false;
  if (nowMs < series.dirtySinceMs) series.dirtySinceMs = nowMs;
}

/** The key of a series, or that of "other" where there are too many. */
function keyFor(
  series: Series,
  known: ReadonlyMap<string, unknown>,
  family: Family,
  values: readonly string[],
  amount: number,
): string {
  const key = values.join(SEPARATOR);
  if (known.has(key) || known.size < family.max) return key;
  series.crowdedOut += amount;
  return family.labels
    .map((label, i) => (family.open.includes(label) && values[i] !== "" ? OTHER : values[i]))
    .join(SEPARATOR);
}

/**
 * Makes room: where a family is more than half full, series of endpoints that are gone are dropped.
 *
 * - `isKnown`: whether an endpoint is the service's now.
 *
 * Linear in the series.
 */
export function forgetSeries(series: Series, isKnown: (endpoint: string) => boolean): void {
  const families: readonly (readonly [Family, Map<string, unknown>])[] = [
    ...(Object.keys(COUNTER_FAMILIES) as CounterFamily[]).map(
      (name) => [COUNTER_FAMILIES[name], series.counters[name]] as const,
    ),
    ...(Object.keys(HISTOGRAM_FAMILIES) as HistogramFamily[]).map(
      (name) => [HISTOGRAM_FAMILIES[name], series.histograms[name]] as const,
    ),
  ];
  for (const [{ labels, max }, known] of families) {
    const at = labels.indexOf("endpoint");
    if (at < 0 || known.size <= max / 2) continue;
    for (const key of known.keys()) {
      const endpoint = key.split(SEPARATOR)[at]!;
      if (endpoint !== "" && endpoint !== OTHER && !isKnown(endpoint)) known.delete(key);
    }
  }
}

/** Everything counted, as plain data. Linear. A read. */
export function seriesColumns({ counters, histograms, crowdedOut }: Series): SeriesColumns {
  return {
    counters: mapValues(COUNTER_FAMILIES, (_, family) =>
      [...counters[family]].map(([key, count]) => [key.split(SEPARATOR), count] as const),
    ),
    histograms: mapValues(HISTOGRAM_FAMILIES, (_, family) =>
      [...histograms[family]].map(([key, buckets]) => [key.split(SEPARATOR), buckets] as const),
    ),
    crowdedOut,
  };
}

/** What was counted is stored. */
export function onStored(series: Series, nowMs: number): void {
  series.storedAtMs = nowMs;
  series.dirtySinceMs = Number.POSITIVE_INFINITY;
  series.isStored = true;
}

/** As text for storage. Linear. */
export function encodeSeries(series: Series): string {
  return JSON.stringify({ version: STORED_VERSION, ...seriesColumns(series) });
}

/**
 * Adds what was stored to what was counted since the object began. A text that is not understood adds nothing; families and
 * series that this version does not know are left out. Never throws. Linear.
 */
export function restoreSeries(series: Series, text: string): void {
  const stored = parse(text);
  if (stored?.version !== STORED_VERSION) return;
  for (const name of Object.keys(COUNTER_FAMILIES) as CounterFamily[]) {
    for (const [values, count] of entriesOf(stored.counters, name, COUNTER_FAMILIES[name])) {
      if (isCount(count)) series.counters[name].set(values.join(SEPARATOR), count);
    }
  }
  for (const name of Object.keys(HISTOGRAM_FAMILIES) as HistogramFamily[]) {
    for (const [values, buckets] of entriesOf(stored.histograms, name, HISTOGRAM_FAMILIES[name])) {
      const isWhole = Array.isArray(buckets) && buckets.length === STRIDE && buckets.every(isCount);
      if (isWhole) series.histograms[name].set(values.join(SEPARATOR), buckets as number[]);
    }
  }
  if (isCount(stored.crowdedOut)) series.crowdedOut = stored.crowdedOut;
}

function entriesOf(families: unknown, name: string, { labels }: Family): (readonly [string[], unknown])[] {
  const entries = (families as Record<string, unknown> | null | undefined)?.[name];
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) => {
    const [values, value] = Array.isArray(entry) ? entry : [];
    const isNamed = Array.isArray(values) && values.length === labels.length && values.every(isText);
    return isNamed ? [[values as string[], value] as const] : [];
  });
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function mapValues<K extends string, V, R>(
  given: Readonly<Record<K, V>>,
  map: (value: V, key: K) => R,
): Readonly<Record<K, R>> {
  return Object.fromEntries((Object.keys(given) as K[]).map((key) => [key, map(given[key], key)])) as Record<K, R>;
}
