/** The load of a service, or of one of its regions, out of its history, as a series that a forecast can be made of. */
import { type Bucket, SLOT_MS, TIERS, wholeOf } from "../history/bucket.ts";

const [, MINUTE, HOUR] = TIERS;
const HOUR_STEPS = HOUR.kept;
/** Hours of which so many are known make a series of hours: a day is there twice. */
const MIN_HOURS = 48;
/** Before that, steps of five minutes over two days. */
const SHORT_SLOTS = 30;
const SHORT_STEPS = (MINUTE.slots * MINUTE.kept) / SHORT_SLOTS;

/** In steps: lengths of a day and a week of hours, and how far it goes ahead. Short series have no season. */
export interface SeriesKind {
  readonly stepMs: number;
  readonly seasons: readonly number[];
  readonly horizon: number;
}

const BY_HOURS: SeriesKind = { stepMs: 3_600_000, seasons: [24, 168], horizon: 168 };
const BY_MINUTES: SeriesKind = { stepMs: SHORT_SLOTS * SLOT_MS, seasons: [], horizon: 36 };

export interface Series extends SeriesKind {
  /** Requests per second of each step; NaN where less than half of it is known. */
  readonly values: Float64Array;
  /** Number of the first one: epoch / step. */
  readonly firstStep: number;
}

/** Buckets of a tier with numbers from `first` up to `end`. */
export type ReadBuckets = (
  tier: (typeof TIERS)[number],
  first: number,
  end: number,
) => Iterable<readonly [number: number, bucket: Bucket]>;

/**
 * The series up to the last step that is over.
 *
 * - `slot`: the first that is not known of.
 * - `region`: null for all of them.
 */
export function seriesOf(read: ReadBuckets, slot: number, region: string | null): Series {
  const hours = collect(read, HOUR, HOUR.slots, HOUR_STEPS, slot, region);
  const known = hours.values.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  if (known >= MIN_HOURS) return { ...BY_HOURS, ...hours };
  return { ...BY_MINUTES, ...collect(read, MINUTE, SHORT_SLOTS, SHORT_STEPS, slot, region) };
}

function collect(
  read: ReadBuckets,
  tier: (typeof TIERS)[number],
  slots: number,
  steps: number,
  slot: number,
  region: string | null,
): { readonly values: Float64Array; readonly firstStep: number } {
  const endStep = Math.floor(slot / slots);
  const firstStep = endStep - steps;
  const per = slots / tier.slots;
  const requests = new Float64Array(steps);
  const covered = new Float64Array(steps);
  for (const [number, bucket] of read(tier, firstStep * per, endStep * per)) {
    const step = Math.floor(number / per) - firstStep;
    covered[step]! += bucket.slots;
    requests[step]! += (region === null ? wholeOf(bucket).requests : bucket.regions.get(region)?.requests) ?? 0;
  }
  const rate = (sum: number, i: number) =>
    covered[i]! * 2 < slots ? Number.NaN : (sum * 1_000) / (covered[i]! * SLOT_MS);
  return { values: requests.map(rate), firstStep };
}
