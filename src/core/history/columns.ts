/** History as columns, for charts. Where nothing is known there is null, which is not 0. */
import { createSketch, mergeColumns, quantile, resetSketch } from "../load/sketch.ts";
import { addBucket, type Bucket, createBucket, SLOT_MS, TIERS, type Tier, wholeOf } from "./bucket.ts";
import { type Counts, NO_COUNTS } from "./counts.ts";

type Column = readonly (number | null)[];

export interface PartColumns {
  readonly rps: Column;
  /** Share of what was tried that did not fail, 0..1; null without any. */
  readonly success: Column;
  readonly p99Ms: Column;
}

export interface HistoryColumns extends PartColumns {
  /** Of every column, ms; and when each piece begins. */
  readonly step: number;
  readonly atMs: readonly number[];
  /** Requests that wanted the service; rps is the same in a second. */
  readonly requests: Column;
  readonly p50Ms: Column;
  readonly p90Ms: Column;
  readonly endpoints: Readonly<Record<string, PartColumns>>;
  readonly regions: Readonly<Record<string, PartColumns>>;
}

export interface HistoryRange {
  readonly tier: Tier;
  /** Length of a piece, a multiple of the tier's. */
  readonly slots: number;
  /** Numbers of pieces: the first, and the one after the last. */
  readonly first: number;
  readonly end: number;
}

/** Pieces in one answer. */
const MAX_PIECES = 2_000;
/** Without a wish, about so many. */
const USUAL_PIECES = 360;
/** Steps that are offered, in slots: from ten seconds to a day. */
const STEPS = [1, 3, 6, 30, 60, 90, 180, 360, 1_080, 2_160, 8_640] as const;

/**
 * Which pieces answer a question: of the finest tier that still has the beginning, of the asked step or the next longer one.
 *
 * - `toMs`: after `fromMs`; what is later than `nowMs` is left out.
 * - `stepMs`: null: what suits the range.
 */
export function rangeOf(fromMs: number, toMs: number, stepMs: number | null, nowMs: number): HistoryRange {
  const from = Math.floor(fromMs / SLOT_MS);
  const to = Math.max(from + 1, Math.ceil(Math.min(toMs, nowMs) / SLOT_MS));
  const now = Math.floor(nowMs / SLOT_MS);
  const wanted = Math.max(
    stepMs === null ? (to - from) / USUAL_PIECES : stepMs / SLOT_MS,
    (to - from) / MAX_PIECES,
    stepMs === null ? 0 : 1,
  );
  const kept = TIERS.find((one) => now - from <= one.slots * one.kept) ?? TIERS[2];
  const slots = STEPS.find((step) => step >= Math.max(wanted, kept.slots)) ?? STEPS[STEPS.length - 1]!;
  const tier = TIERS.findLast((one) => slots % one.slots === 0 && one.slots >= kept.slots) ?? kept;
  return { tier, slots, first: Math.floor(from / slots), end: Math.ceil(to / slots) };
}

/** The pieces that the buckets of a tier make. Buckets of one piece may come in any order. Linear in parts and sketches. */
export function piecesOf(
  { tier, slots, first, end }: HistoryRange,
  buckets: Iterable<readonly [index: number, bucket: Bucket]>,
): readonly (Bucket | null)[] {
  const pieces = new Array<Bucket | null>(Math.max(0, end - first)).fill(null);
  const perPiece = slots / tier.slots;
  for (const [index, bucket] of buckets) {
    const piece = Math.floor(index / perPiece) - first;
    if (piece < 0 || piece >= pieces.length || bucket.slots === 0) continue;
    pieces[piece] ??= createBucket();
    addBucket(pieces[piece], bucket);
  }
  return pieces;
}

/** The columns of pieces that follow each other from `range.first`. */
export function columnsOf(range: HistoryRange, pieces: readonly (Bucket | null)[]): HistoryColumns {
  const wholes = pieces.map((piece) => piece && wholeOf(piece));
  const names = (parts: "regions" | "endpoints") =>
    [...new Set(pieces.flatMap((piece) => [...(piece?.[parts].keys() ?? [])]))].sort();
  const partsOf = (parts: "regions" | "endpoints") =>
    Object.fromEntries(
      names(parts).map((name) => {
        const counts = pieces.map((piece) => piece && (piece[parts].get(name) ?? NO_COUNTS));
        return [name, partColumns(pieces, counts, parts === "endpoints")];
      }),
    );
  return {
    step: range.slots * SLOT_MS,
    atMs: pieces.map((_, i) => (range.first + i) * range.slots * SLOT_MS),
    requests: wholes.map((whole) => whole?.requests ?? null),
    ...partColumns(pieces, wholes, false),
    p50Ms: quantiles(wholes, 0.5),
    p90Ms: quantiles(wholes, 0.9),
    endpoints: partsOf("endpoints"),
    regions: partsOf("regions"),
  };
}

function partColumns(
  pieces: readonly (Bucket | null)[],
  counts: readonly (Counts | null)[],
  isEndpoint: boolean,
): PartColumns {
  return {
    rps: counts.map((one, i) => one && one.requests / ((pieces[i]!.slots * SLOT_MS) / 1_000)),
    success: counts.map((one) => successOf(one, isEndpoint)),
    p99Ms: quantiles(counts, 0.99),
  };
}

/** Attempts count, and requests that none was made for. */
function successOf(counts: Counts | null, isEndpoint: boolean): number | null {
  if (counts === null) return null;
  const tried = counts.good + counts.failed + (isEndpoint ? 0 : counts.refused);
  return tried > 0 ? counts.good / tried : null;
}

function quantiles(counts: readonly (Counts | null)[], q: number): Column {
  const sketch = createSketch();
  return counts.map((one) => {
    if (one === null) return null;
    resetSketch(sketch);
    mergeColumns(sketch, one.latency);
    return sketch.total > 0 ? quantile(sketch, q) : null;
  });
}
