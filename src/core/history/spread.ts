/** Puts what a look found into the buckets of a tier. */
import { addUnder, addUnderRoute, type Bucket, createBucket, type Tier } from "./bucket.ts";
import { shareOf, shareOfNumber } from "./counts.ts";
import type { Looked, Piece } from "./look.ts";

/**
 * New buckets with what a look adds to those of a tier, by their number (slot / length). Of times before the tier's keep
 * there are none. Linear in the buckets × parts.
 */
export function spread({ pieces, from, to }: Looked, { slots, kept }: Tier): Map<number, Bucket> {
  const buckets = new Map<number, Bucket>();
  const oldest = Math.floor((to - 1) / slots) - kept + 1;
  const bucketAt = (index: number) => {
    let bucket = buckets.get(index);
    if (bucket === undefined) {
      bucket = createBucket();
      buckets.set(index, bucket);
    }
    return bucket;
  };
  for (const [index, first, end] of cut(from, to, slots, oldest)) bucketAt(index).slots += end - first;
  for (const piece of pieces) {
    for (const [index, first, end] of cut(piece.from, piece.to, slots, oldest)) add(bucketAt(index), piece, first, end);
  }
  return buckets;
}

function add(bucket: Bucket, { region, from, to, sum, endpoints, routes }: Piece, first: number, end: number): void {
  const share = [first - from, end - from, to - from] as const;
  addUnder(bucket.regions, region, shareOf(sum, ...share));
  for (const [id, counts] of endpoints) addUnder(bucket.endpoints, id, shareOf(counts, ...share));
  const part = (value: number) => shareOfNumber(value, ...share);
  for (const [route, { requests, failed, durations }] of routes) {
    addUnderRoute(bucket.routes, route, {
      requests: part(requests),
      failed: part(failed),
      durations: durations.map(part),
    });
  }
}

/** The buckets that a stretch of slots touches, and the slots of it in each. */
function* cut(
  from: number,
  to: number,
  slots: number,
  oldest: number,
): Generator<readonly [index: number, first: number, end: number]> {
  for (let first = Math.max(from, oldest * slots); first < to; ) {
    const index = Math.floor(first / slots);
    const end = Math.min(to, (index + 1) * slots);
    yield [index, first, end];
    first = end;
  }
}
