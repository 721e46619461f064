/**
 * How much slower an endpoint answers than is to be expected of it: given its own last minutes, its peers and its load.
 *
 *     excess(e)   = Σᵣ (Σ latency − answers × usual latency of (r, e)) / answers          ms, over the regions r
 *     log(e)      = ln(1 + excess / usual)                    = ln(mean latency now / usual mean) in one region
 *     common      = median over the peers of log, and of excess, where above 0
 *     residual(e) = min(log(e) − common log, ln(1 + (excess(e) − common excess) / usual))
 *     judged is     residual − what its load explains, where that is above 0
 *
 * What slows all endpoints is load, network or a deployment of the callers, be it by a factor (load) or by a time (a detour):
 * both are taken off and the smaller residual counts. More load on one endpoint than usual explains a latency that grows in
 * proportion, which is the elasticity of an M/M/1 queue at half of its capacity; what is beyond it is trouble.
 */
import { readDecayed } from "../../load/decayed-sum.ts";
import type { AnomalyState } from "./anomaly-state.ts";

/** Answers that a block needs, and how long it waits for them: fewer say nothing of a mean. */
const BLOCK_MIN_OK = 8;
const BLOCK_MAX_MS = 120_000;
/** A peer's residual is compared with for so long. */
const RAW_FRESH_MS = 30_000;
/** Time constants of the rate: of what is now, and of what is usual. */
const RECENT_RPS_S = 5;
const USUAL_RPS_S = 300;
/** Rates that differ by less are the same; beyond it latency may grow with the rate to this power. */
const SAME_RATE_RATIO = 1.1;
const LOAD_ELASTICITY = 1;
/** An endpoint that answers in a tenth of its usual time is as good as one that does so in no time. */
const LEAST_RATIO = 0.1;

/**
 * Closes the latency block of an endpoint if it is full: its raw residual is in `rawLog` and `rawMs`. Returns the number
 * of answers that were compared, 0 while it is not full, -1 when there is too little to compare and it is only to be learned
 * from. Linear in the regions.
 */
export function closeBlock(s: AnomalyState, e: number, nowMs: number): number {
  let all = 0;
  let known = 0;
  let excessMs = 0;
  let perUsual = 0;
  for (let cell = e; cell < s.blockOk.length; cell += s.size) {
    const ok = s.blockOk[cell]!;
    all += ok;
    const usual = readDecayed(s.usualOk, cell, nowMs);
    if (ok === 0 || usual <= 0) continue;
    const usualMs = readDecayed(s.usualSumMs, cell, nowMs) / usual;
    known += ok;
    excessMs += s.blockSumMs[cell]! - ok * usualMs;
    perUsual += ok / Math.max(0.01, usualMs);
  }
  if (all === 0 || (all < BLOCK_MIN_OK && nowMs - s.blockSinceMs[e]! < BLOCK_MAX_MS)) return 0;
  if (known < BLOCK_MIN_OK) return -1;
  s.rawMs[e] = excessMs / known;
  s.rawLog[e] = logOf(s.rawMs[e]!, known / perUsual);
  s.rawAtMs[e] = nowMs;
  return known;
}

/** Notes what an endpoint gets to do, per second; `seconds` > 0 since the last time. */
export function noteRate(s: AnomalyState, e: number, attempts: number, seconds: number): void {
  const rps = attempts / seconds;
  s.recentRps[e]! += (rps - s.recentRps[e]!) * (1 - Math.exp(-seconds / RECENT_RPS_S));
  const gain = Math.max(1 - Math.exp(-seconds / USUAL_RPS_S), 1 / (1 + s.blocks[e]!));
  s.usualRps[e]! += (rps - s.usualRps[e]!) * gain;
}

/** The common part of fresh raw residuals, without endpoint `e` itself: their lower median, and 0 when that is below 0. */
export function commonOf(sorted: readonly number[], own: number): number {
  const peers = sorted.length - 1;
  if (peers < 1) return 0;
  const middle = (peers - 1) >> 1;
  // Without the own value, what comes after it moves down by one.
  const median = own <= sorted[middle]! ? sorted[middle + 1]! : sorted[middle]!;
  return Math.max(0, median);
}

/** Raw residuals of endpoints that have a fresh one, each in rising order. */
export function freshResiduals(s: AnomalyState, nowMs: number): { readonly logs: number[]; readonly ms: number[] } {
  const logs: number[] = [];
  const ms: number[] = [];
  for (let e = 0; e < s.size; e++) {
    if (nowMs - s.rawAtMs[e]! > RAW_FRESH_MS) continue;
    logs.push(s.rawLog[e]!);
    ms.push(s.rawMs[e]!);
  }
  logs.sort((a, b) => a - b);
  ms.sort((a, b) => a - b);
  return { logs, ms };
}

/** The residual of an endpoint whose block was closed just now: a logarithm, 0 as expected, ln 2 twice as slow. */
export function residualOf(s: AnomalyState, e: number, fresh: ReturnType<typeof freshResiduals>): number {
  const log = s.rawLog[e]!;
  const ms = s.rawMs[e]!;
  // exp(log) = 1 + ms / usual, which gives the usual back.
  const usualMs = Math.abs(log) < 1e-9 ? Number.POSITIVE_INFINITY : Math.max(0.01, ms / Math.expm1(log));
  const byRatio = log - commonOf(fresh.logs, log);
  const byTime = logOf(ms - commonOf(fresh.ms, ms), usualMs);
  return Math.min(byRatio, byTime);
}

function logOf(excessMs: number, usualMs: number): number {
  return Math.log(Math.max(LEAST_RATIO, 1 + excessMs / usualMs));
}

/** What more load than usual may add to the logarithm of a latency, ≥ 0. */
export function explainedByLoad({ recentRps, usualRps }: AnomalyState, e: number): number {
  const ratio = recentRps[e]! / Math.max(0.001, usualRps[e]!) / SAME_RATE_RATIO;
  return ratio > 1 ? LOAD_ELASTICITY * Math.log(ratio) : 0;
}
