/** What the anomaly detection remembers: columns, made once, so that neither reports nor blocks allocate much. */
import { createDecayedSums, type DecayedSums } from "../../load/decayed-sum.ts";
import type { AnomalyDetection } from "../../mesh.ts";

/** Milliseconds over which the usual latency, failure ratio and rate of an endpoint are learned: minutes, as the day drifts. */
export const USUAL_TAU_MS = 300_000;

/**
 * Standard error that every block has beyond that of its samples: what the residuals of an endpoint in order vary by anyway, as
 * a share of the latency. Half of it is never taken for trouble, however much traffic there is to prove it by.
 */
const NOISE_RATIO = { low: 0.2, medium: 0.1, high: 0.05 } as const;

/** What made an endpoint degrading, as bits. */
export const BY_LATENCY = 1;
export const BY_ERRORS = 2;

/** Mutable; owned by one coordinator. Cells are `region * size + endpoint`, all else is by endpoint. */
export interface AnomalyState {
  readonly size: number;
  readonly regionCount: number;
  readonly noiseRatio: number;
  /** Most of an endpoint's share that may be moved away, 0..1; 0: events only. */
  readonly maxLeanRatio: number;
  /** The block that is being filled, by cell: ok answers and the sum of their latencies. */
  readonly blockOk: Float64Array;
  readonly blockSumMs: Float64Array;
  /** By endpoint: attempts and failures, and when it began. */
  readonly blockTotal: Float64Array;
  readonly blockFailed: Float64Array;
  readonly blockSinceMs: Float64Array;
  /** What is usual: ok answers and their latencies by cell, attempts and failures by endpoint, attempts per second. */
  readonly usualOk: DecayedSums;
  readonly usualSumMs: DecayedSums;
  readonly usualTotal: DecayedSums;
  readonly usualFailed: DecayedSums;
  readonly usualRps: Float64Array;
  readonly recentRps: Float64Array;
  /** Blocks learned from; mean residual lately, variance of the logarithm of one answer's latency around it; correlation of a block with the last one. */
  readonly blocks: Float64Array;
  readonly level: Float64Array;
  readonly variance: Float64Array;
  readonly covariance: Float64Array;
  readonly zSquare: Float64Array;
  readonly lastZ: Float64Array;
  /** How much slower than expected lately, as a logarithm; and failures beyond the usual share. */
  readonly shift: Float64Array;
  readonly excess: Float64Array;
  /** The last residuals before peers were compared, for them: log ratio and ms, and when. */
  readonly rawLog: Float64Array;
  readonly rawMs: Float64Array;
  readonly rawAtMs: Float64Array;
  /** Charts. */
  readonly cusum: Float64Array;
  readonly ewma: Float64Array;
  readonly recovery: Float64Array;
  readonly errorScore: Float64Array;
  /** Blocks with failures since `errorScore` left zero. */
  readonly errorBlocks: Float64Array;
  /** Blocks in a row that a chart was beyond its limit. */
  readonly beyond: Float64Array;
  /** 0 in order, else BY_LATENCY, BY_ERRORS or both; since when, how often lately, and when the last one ended. */
  readonly degrading: Uint8Array;
  readonly sinceMs: Float64Array;
  readonly relapses: Float64Array;
  readonly endedAtMs: Float64Array;
  /** What the endpoint's weight is multiplied by: 1 nothing, never below 1 − maxLeanRatio. */
  readonly lean: Float64Array;
  steppedAtMs: number;
}

/** Nothing learned. `params.enabled` is the caller's business. */
export function createAnomalyState(params: AnomalyDetection, size: number, regionCount: number): AnomalyState {
  const cells = size * regionCount;
  const zeros = () => new Float64Array(size);
  const never = () => zeros().fill(Number.NEGATIVE_INFINITY);
  return {
    size,
    regionCount,
    noiseRatio: NOISE_RATIO[params.sensitivity],
    maxLeanRatio: params.maxLeanPercent / 100,
    blockOk: new Float64Array(cells),
    blockSumMs: new Float64Array(cells),
    blockTotal: zeros(),
    blockFailed: zeros(),
    blockSinceMs: zeros().fill(Number.NaN),
    usualOk: createDecayedSums(cells, USUAL_TAU_MS),
    usualSumMs: createDecayedSums(cells, USUAL_TAU_MS),
    usualTotal: createDecayedSums(size, USUAL_TAU_MS),
    usualFailed: createDecayedSums(size, USUAL_TAU_MS),
    usualRps: zeros(),
    recentRps: zeros(),
    blocks: zeros(),
    level: zeros(),
    variance: zeros().fill(1),
    covariance: zeros(),
    zSquare: zeros().fill(1),
    lastZ: zeros(),
    shift: zeros(),
    excess: zeros(),
    rawLog: zeros(),
    rawMs: zeros(),
    rawAtMs: never(),
    cusum: zeros(),
    ewma: zeros(),
    recovery: zeros(),
    errorScore: zeros(),
    errorBlocks: zeros(),
    beyond: zeros(),
    degrading: new Uint8Array(size),
    sinceMs: never(),
    relapses: zeros(),
    endedAtMs: never(),
    lean: zeros().fill(1),
    steppedAtMs: Number.NEGATIVE_INFINITY,
  };
}

/** Columns by endpoint, and by cell: for whoever moves an endpoint to another state. */
export function endpointColumns(s: AnomalyState): readonly (Float64Array | Uint8Array)[] {
  return [
    s.blockTotal,
    s.blockFailed,
    s.blockSinceMs,
    s.usualTotal.sums,
    s.usualTotal.atMs,
    s.usualFailed.sums,
    s.usualFailed.atMs,
    s.usualRps,
    s.recentRps,
    s.blocks,
    s.level,
    s.variance,
    s.covariance,
    s.zSquare,
    s.lastZ,
    s.shift,
    s.excess,
    s.rawLog,
    s.rawMs,
    s.rawAtMs,
    s.cusum,
    s.ewma,
    s.recovery,
    s.errorScore,
    s.errorBlocks,
    s.beyond,
    s.degrading,
    s.sinceMs,
    s.relapses,
    s.endedAtMs,
    s.lean,
  ];
}

export function cellColumns(s: AnomalyState): readonly Float64Array[] {
  return [s.blockOk, s.blockSumMs, s.usualOk.sums, s.usualOk.atMs, s.usualSumMs.sums, s.usualSumMs.atMs];
}
