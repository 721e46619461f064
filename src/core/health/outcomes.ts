/**
 * Shares of failures per region and endpoint, as decayed counts that merge by addition, shrunk towards what all regions
 * see: a region with two samples says little by itself.
 */
import { addDecayed, createDecayedSums, type DecayedSums, readDecayed } from "../load/decayed-sum.ts";

/** Milliseconds over which outcomes are remembered. */
const TAU_MS = 5_000;
/** Samples with which the view of all regions counts in one region's estimate. */
const PRIOR_SAMPLES = 10;
/** Beta prior of the view of all regions: 0.02 failures in 2 samples, 1 %. */
const PRIOR_FAILURES = 0.02;
const PRIOR_TOTAL = 2;

/** Mutable; cells are `region * size + endpoint`. */
export interface OutcomeCounts {
  readonly size: number;
  readonly total: DecayedSums;
  readonly failed: DecayedSums;
  readonly totalEverywhere: DecayedSums;
  readonly failedEverywhere: DecayedSums;
}

export function createOutcomeCounts(size: number, regionCount: number): OutcomeCounts {
  return {
    size,
    total: createDecayedSums(size * regionCount, TAU_MS),
    failed: createDecayedSums(size * regionCount, TAU_MS),
    totalEverywhere: createDecayedSums(size, TAU_MS),
    failedEverywhere: createDecayedSums(size, TAU_MS),
  };
}

/** Counts ≥ 0 of one report. Constant time. */
export function countOutcomes(
  counts: OutcomeCounts,
  region: number,
  endpoint: number,
  batch: { readonly ok: number; readonly failed: number },
  nowMs: number,
): void {
  const cell = region * counts.size + endpoint;
  addDecayed(counts.total, cell, batch.ok + batch.failed, nowMs);
  addDecayed(counts.failed, cell, batch.failed, nowMs);
  addDecayed(counts.totalEverywhere, endpoint, batch.ok + batch.failed, nowMs);
  addDecayed(counts.failedEverywhere, endpoint, batch.failed, nowMs);
}

/** Forgets the failures of an endpoint that was found well again: they are what it was taken out for. Linear in the regions. */
export function forgiveFailures(counts: OutcomeCounts, endpoint: number): void {
  counts.failedEverywhere.sums[endpoint] = 0;
  for (let cell = endpoint; cell < counts.failed.sums.length; cell += counts.size) counts.failed.sums[cell] = 0;
}

/** Estimated share of failures 0..1 and the samples behind it, the prior's included (so ≥ 10). */
export function failureRatio(
  counts: OutcomeCounts,
  region: number,
  endpoint: number,
  nowMs: number,
): { readonly ratio: number; readonly samples: number } {
  const everywhere =
    (readDecayed(counts.failedEverywhere, endpoint, nowMs) + PRIOR_FAILURES) /
    (readDecayed(counts.totalEverywhere, endpoint, nowMs) + PRIOR_TOTAL);
  const cell = region * counts.size + endpoint;
  const samples = readDecayed(counts.total, cell, nowMs) + PRIOR_SAMPLES;
  return { ratio: (readDecayed(counts.failed, cell, nowMs) + PRIOR_SAMPLES * everywhere) / samples, samples };
}
