/**
 * What answers take, split into the way there and the time at the endpoint.
 *
 * A latency seen in one region is the round trip to the endpoint plus the time the endpoint needed. Only the second part
 * is the same everywhere, so only it can be pooled over regions, and only its growth tells of a queue:
 *
 *     floor(r,e)    drifting minimum of latency       ≈ round trip + fastest service
 *     server(e)     mean of latency − floor, pooled   = time at the endpoint now, queue included
 *     unloaded(e)   the least 5 s mean of the last minute = time at the endpoint without a queue
 *     queue(e)      server − unloaded
 *
 * The minimum drifts up by 1/300 per second so that a changed route is learned in minutes; a windowed minimum forgets
 * all at once. BBR separates the same two with its min-RTT filter (Cardwell et al., "BBR", ACM Queue 14(5), 2016).
 */
import { addDecayed, createDecayedSums, type DecayedSums, readDecayed } from "../load/decayed-sum.ts";

/** Milliseconds: estimates for timeouts and for `explain`. Long enough for 5-10 samples of a quiet endpoint. */
const SLOW_TAU_MS = 5_000;
/** Milliseconds: the queue signal. Two to three control periods; faster is noise, slower overshoots. */
const FAST_TAU_MS = 400;
/** Milliseconds in which an untouched floor doubles. Routes change within minutes, not seconds. */
const FLOOR_DRIFT_MS = 300_000;
/** The unloaded time is the least mean of these buckets: 12 of 5 s, a minute in all. */
const BUCKET_MS = 5_000;
const BUCKETS = 12;
/** Samples a bucket needs. Below, the minimum of means is biased low by luck. */
const BUCKET_MIN_SAMPLES = 8;
/** Buckets with enough samples before an endpoint is compared by its own unloaded time. */
const COMPARABLE_BUCKETS = 3;
/** Decayed samples below which the pooled time is unknown. */
const POOLED_MIN_SAMPLES = 0.5;
/** Weight of the pooled estimate against a region's own samples. */
const PRIOR_SAMPLES = 5;
/** Weight of the assumed time at an endpoint that is hardly measured. */
const POOLED_PRIOR_SAMPLES = 2;

/** Mutable; cells are `region * size + endpoint`. */
export interface LatencyModel {
  readonly size: number;
  readonly regionCount: number;
  /** Assumed where nothing was measured: the way there and the time there, each. */
  readonly defaultMs: number;
  readonly slowSamples: DecayedSums;
  readonly slowSumMs: DecayedSums;
  readonly fastSamples: DecayedSums;
  readonly fastSumMs: DecayedSums;
  /** NaN until measured. */
  readonly floorMs: Float64Array;
  readonly floorAtMs: Float64Array;
  /** By `endpoint * BUCKETS + slot`: which 5 s, how many samples, their sum above the floor. */
  readonly bucketNumber: Float64Array;
  readonly bucketSamples: Float64Array;
  readonly bucketSumMs: Float64Array;
  /** Per endpoint; refreshed by `refreshUnloaded`: for measuring queues, and for comparing endpoints. */
  readonly unloadedMs: Float64Array;
  readonly comparableMs: Float64Array;
  /** When an ok answer was last reported. */
  readonly lastOkAtMs: Float64Array;
}

export interface LatencyBatch {
  readonly ok: number;
  readonly sumMs: number;
  /** Infinity for none. */
  readonly minMs: number;
  /** Requests unanswered for much longer than expected, and their summed age: censored samples. */
  readonly overdue: number;
  readonly overdueAgeMs: number;
}

/** An empty model. `defaultMs` > 0. */
export function createLatencyModel(size: number, regionCount: number, defaultMs: number): LatencyModel {
  const cells = size * regionCount;
  return {
    size,
    regionCount,
    defaultMs,
    slowSamples: createDecayedSums(cells, SLOW_TAU_MS),
    slowSumMs: createDecayedSums(cells, SLOW_TAU_MS),
    fastSamples: createDecayedSums(cells, FAST_TAU_MS),
    fastSumMs: createDecayedSums(cells, FAST_TAU_MS),
    floorMs: new Float64Array(cells).fill(Number.NaN),
    floorAtMs: new Float64Array(cells),
    bucketNumber: new Float64Array(size * BUCKETS).fill(-1),
    bucketSamples: new Float64Array(size * BUCKETS),
    bucketSumMs: new Float64Array(size * BUCKETS),
    unloadedMs: new Float64Array(size).fill(defaultMs),
    comparableMs: new Float64Array(size).fill(defaultMs),
    lastOkAtMs: new Float64Array(size).fill(Number.NEGATIVE_INFINITY),
  };
}

/** Adds what one report says of one endpoint. Constant time. */
export function observeLatency(
  model: LatencyModel,
  region: number,
  endpoint: number,
  batch: LatencyBatch,
  nowMs: number,
): void {
  const cell = region * model.size + endpoint;
  if (batch.ok + batch.overdue > 0) {
    addDecayed(model.fastSamples, cell, batch.ok + batch.overdue, nowMs);
    addDecayed(model.fastSumMs, cell, batch.sumMs + batch.overdueAgeMs, nowMs);
  }
  if (batch.ok === 0) return;
  model.lastOkAtMs[endpoint] = nowMs;
  addDecayed(model.slowSamples, cell, batch.ok, nowMs);
  addDecayed(model.slowSumMs, cell, batch.sumMs, nowMs);
  const floor = model.floorMs[cell]!;
  if (!Number.isNaN(floor)) addToBucket(model, endpoint, batch.ok, batch.sumMs - batch.ok * floor, nowMs);
  if (batch.minMs < Number.POSITIVE_INFINITY) {
    const drifted = floor * (1 + Math.max(0, nowMs - model.floorAtMs[cell]!) / FLOOR_DRIFT_MS);
    model.floorMs[cell] = Number.isNaN(floor) ? batch.minMs : Math.min(drifted, batch.minMs);
    model.floorAtMs[cell] = nowMs;
  }
}

function addToBucket(model: LatencyModel, endpoint: number, samples: number, sumMs: number, nowMs: number): void {
  const number = Math.floor(nowMs / BUCKET_MS);
  const slot = endpoint * BUCKETS + (number % BUCKETS);
  if (model.bucketNumber[slot] !== number) {
    model.bucketNumber[slot] = number;
    model.bucketSamples[slot] = 0;
    model.bucketSumMs[slot] = 0;
  }
  model.bucketSamples[slot]! += samples;
  model.bucketSumMs[slot]! += sumMs;
}

/**
 * Recomputes the unloaded times; endpoints without samples get the median of the others. Endpoints are only compared by
 * their own times once they were measured for several buckets: before, the time contains whatever queue there was, and
 * comparing by it means steering by latency. Linear in the endpoints.
 */
export function refreshUnloaded(model: LatencyModel, nowMs: number): void {
  const oldest = Math.floor(nowMs / BUCKET_MS) - BUCKETS;
  const known: number[] = [];
  for (let e = 0; e < model.size; e++) {
    let least = Number.POSITIVE_INFINITY;
    let buckets = 0;
    for (let slot = e * BUCKETS; slot < (e + 1) * BUCKETS; slot++) {
      if (model.bucketNumber[slot]! <= oldest || model.bucketSamples[slot]! < BUCKET_MIN_SAMPLES) continue;
      buckets++;
      least = Math.min(least, model.bucketSumMs[slot]! / model.bucketSamples[slot]!);
    }
    model.unloadedMs[e] = Math.max(0, least);
    model.comparableMs[e] = buckets < COMPARABLE_BUCKETS ? Number.POSITIVE_INFINITY : model.unloadedMs[e]!;
    if (least < Number.POSITIVE_INFINITY) known.push(Math.max(0, least));
  }
  known.sort((a, b) => a - b);
  const median = known[known.length >> 1] ?? model.defaultMs;
  for (let e = 0; e < model.size; e++) {
    if (model.unloadedMs[e] === Number.POSITIVE_INFINITY) model.unloadedMs[e] = median;
    if (model.comparableMs[e] === Number.POSITIVE_INFINITY) model.comparableMs[e] = median;
  }
}

/** The way to an endpoint from a region, in ms; the default where it was never measured. */
export function floorMs(model: LatencyModel, region: number, endpoint: number): number {
  const floor = model.floorMs[region * model.size + endpoint]!;
  return Number.isNaN(floor) ? model.defaultMs : floor;
}

/** Time at the endpoint now and the (decayed) samples behind it; NaN when there are hardly any. */
export function serverTime(
  model: LatencyModel,
  endpoint: number,
  nowMs: number,
): { readonly meanMs: number; readonly samples: number } {
  let samples = 0;
  let sumMs = 0;
  for (let r = 0; r < model.regionCount; r++) {
    const cell = r * model.size + endpoint;
    const floor = model.floorMs[cell]!;
    if (Number.isNaN(floor)) continue;
    const n = readDecayed(model.fastSamples, cell, nowMs);
    samples += n;
    sumMs += readDecayed(model.fastSumMs, cell, nowMs) - n * floor;
  }
  return { meanMs: samples > POOLED_MIN_SAMPLES ? sumMs / samples : Number.NaN, samples };
}

/**
 * The latency to expect from a region: its own samples of the last seconds, shrunk towards floor + pooled time there.
 * `samples` counts the prior too, so it is never below 5.
 */
export function estimateLatency(
  model: LatencyModel,
  region: number,
  endpoint: number,
  nowMs: number,
): { readonly ms: number; readonly samples: number } {
  let pooled = 0;
  let pooledSumMs = 0;
  for (let r = 0; r < model.regionCount; r++) {
    const cell = r * model.size + endpoint;
    const floor = model.floorMs[cell]!;
    const n = readDecayed(model.slowSamples, cell, nowMs);
    if (Number.isNaN(floor) || n <= 0.05) continue;
    pooled += n;
    pooledSumMs += readDecayed(model.slowSumMs, cell, nowMs) - n * floor;
  }
  const there = (pooledSumMs + POOLED_PRIOR_SAMPLES * model.defaultMs) / (pooled + POOLED_PRIOR_SAMPLES);
  const cell = region * model.size + endpoint;
  const own = readDecayed(model.slowSamples, cell, nowMs);
  const prior = floorMs(model, region, endpoint) + there;
  const samples = own + PRIOR_SAMPLES;
  return { ms: (readDecayed(model.slowSumMs, cell, nowMs) + PRIOR_SAMPLES * prior) / samples, samples };
}

/** An endpoint's buckets go to another model. Never allocates. */
export function copyBuckets(from: LatencyModel, endpoint: number, to: LatencyModel, target: number): void {
  for (const key of ["bucketNumber", "bucketSamples", "bucketSumMs"] as const) {
    for (let slot = 0; slot < BUCKETS; slot++) {
      to[key][target * BUCKETS + slot] = from[key][endpoint * BUCKETS + slot]!;
    }
  }
}
