/**
 * The detection itself: what reports say is gathered in blocks of a second (longer where little is going on), each block gives a
 * residual, residuals go onto the charts, and the charts say when an endpoint is degrading and when it is as it was.
 * README.md has the whole.
 */
import { addDecayed, readDecayed } from "../../load/decayed-sum.ts";
import { type AnomalyState, BY_ERRORS, BY_LATENCY, USUAL_TAU_MS } from "./anomaly-state.ts";
import {
  CUSUM_THRESHOLD,
  isBeyond,
  nextEwma,
  nextLatencyCusum,
  nextRecovery,
  RECOVERY_THRESHOLD,
  winsorized,
} from "./charts.ts";
import { ERROR_MIN_BLOCKS, errorThreshold, nextErrorScore } from "./error-chart.ts";
import { LASTING_MS, learningShare, learnNoise, learnUsual, usualAnswers } from "./learning.ts";
import { closeBlock, explainedByLoad, freshResiduals, noteRate, residualOf } from "./residuals.ts";

/** Milliseconds of a block. Reports come every second; shorter ones would hold the news of some isolates only. */
export const BLOCK_MS = 1_000;
/** Blocks learned from before an endpoint is judged. */
export const WARM_BLOCKS = 60;
/** Blocks in a row beyond a limit before it counts. */
const BEYOND_BLOCKS = 2;
/** Shortest time that an endpoint is called degrading; doubles with every relapse within the window, up to 16 times. */
const HOLD_MS = 15_000;
const RELAPSE_WINDOW_MS = 300_000;
const MAX_RELAPSES = 4;
/** Most that blocks are correlated: beyond, their variance is not known at all. */
const MAX_CORRELATION = 0.8;
/** Gain of what is shown and leaned by. */
const SHOWN_GAIN = 0.3;
/** Peers whose failures say what is common. */
const MIN_PEERS = 2;

/** An endpoint is degrading, or no longer. */
export type Finding =
  | { readonly type: "degrading"; readonly endpoint: number; readonly by: number }
  | { readonly type: "recovered"; readonly endpoint: number; readonly cause: string; readonly forMs: number };

/** Takes in what one report says of one endpoint. Counts ≥ 0. Constant time, does not allocate. */
export function observeAnomaly(
  s: AnomalyState,
  region: number,
  endpoint: number,
  batch: { readonly ok: number; readonly sumMs: number; readonly failed: number },
  nowMs: number,
): void {
  const cell = region * s.size + endpoint;
  s.blockOk[cell]! += batch.ok;
  s.blockSumMs[cell]! += batch.sumMs;
  s.blockTotal[endpoint]! += batch.ok + batch.failed;
  s.blockFailed[endpoint]! += batch.failed;
  if (Number.isNaN(s.blockSinceMs[endpoint]!)) s.blockSinceMs[endpoint] = nowMs;
}

/**
 * Closes the blocks that are due and returns what was found; nothing between two blocks.
 *
 * - `isOut`: endpoints that get no traffic (breaker, health): they are not judged, and no longer degrading.
 * - `isQueueing`: endpoints in front of which the capacity model sees a queue. With more load than usual that is saturation,
 *   and no latency tells of trouble; with as much as usual it is an endpoint that became slower.
 *
 * Linear in regions × endpoints, and a sort of the endpoints, once a second.
 */
export function stepAnomaly(
  s: AnomalyState,
  isOut: (endpoint: number) => boolean,
  nowMs: number,
  isQueueing: (endpoint: number) => boolean = () => false,
): readonly Finding[] {
  const elapsedMs = nowMs - s.steppedAtMs;
  if (elapsedMs < BLOCK_MS) return [];
  const seconds = Math.min(60, elapsedMs / 1_000);
  s.steppedAtMs = nowMs;
  const findings: Finding[] = [];
  const closed: number[] = [];
  for (let e = 0; e < s.size; e++) {
    if (isOut(e)) {
      if (s.degrading[e] !== 0) findings.push(end(s, e, "it is out", nowMs));
      clearBlock(s, e);
      clearCharts(s, e);
      s.rawAtMs[e] = Number.NEGATIVE_INFINITY;
      continue;
    }
    noteRate(s, e, s.blockTotal[e]!, seconds);
    closed.push(e);
  }
  const peers = failuresOf(s, closed);
  for (const e of closed) judgeErrors(s, e, peers, nowMs);
  // All blocks are closed before one is judged: what is common shows in the same second.
  const counts = closed.map((e) => closeBlock(s, e, nowMs));
  const fresh = freshResiduals(s, nowMs);
  for (const [i, e] of closed.entries()) {
    if (counts[i]! > 0) judgeLatency(s, e, counts[i]!, residualOf(s, e, fresh), isQueueing(e), nowMs);
    else if (counts[i]! < 0) learnUsual(s, e, 1, nowMs);
    const finding = verdict(s, e, nowMs);
    if (finding !== null) findings.push(finding);
  }
  return findings;
}

/** Sums over the closed blocks of this second, for comparing each endpoint with the others. */
function failuresOf(s: AnomalyState, closed: readonly number[]): { readonly total: number; readonly failed: number } {
  let total = 0;
  let failed = 0;
  for (const e of closed) {
    total += s.blockTotal[e]!;
    failed += s.blockFailed[e]!;
  }
  return { total, failed };
}

function judgeErrors(s: AnomalyState, e: number, all: ReturnType<typeof failuresOf>, nowMs: number): void {
  const total = s.blockTotal[e]!;
  const failed = s.blockFailed[e]!;
  if (total > 0) {
    const before = readDecayed(s.usualTotal, e, nowMs);
    const own = before > 0 ? readDecayed(s.usualFailed, e, nowMs) / before : 0;
    const others = all.total - total;
    const common = s.size > MIN_PEERS && others > 0 ? (all.failed - failed) / others : 0;
    const usual = Math.max(own, common);
    const rps = s.recentRps[e]!;
    s.errorScore[e] = s.blocks[e]! < WARM_BLOCKS ? 0 : nextErrorScore(s.errorScore[e]!, total, failed, usual, rps);
    if (s.errorScore[e] === 0) s.errorBlocks[e] = 0;
    else if (failed > 0) s.errorBlocks[e]! += 1;
    const gain = 1 - (1 - SHOWN_GAIN) ** Math.min(1, total / 10);
    s.excess[e]! += (failed / total - usual - s.excess[e]!) * gain;
    const share = learningShare(s, e, s.errorScore[e]! >= errorThreshold(rps) / 2, nowMs);
    addDecayed(s.usualTotal, e, share * total, nowMs);
    addDecayed(s.usualFailed, e, share * failed, nowMs);
  }
  s.blockTotal[e] = 0;
  s.blockFailed[e] = 0;
}

function judgeLatency(
  s: AnomalyState,
  e: number,
  answers: number,
  residual: number,
  isQueueing: boolean,
  nowMs: number,
): void {
  const correlation = Math.min(MAX_CORRELATION, Math.max(0, s.covariance[e]! / Math.max(0.1, s.zSquare[e]!)));
  // What is usual is known from so many answers only, and is as unsure.
  const single = s.variance[e]! * (1 / answers + 1 / usualAnswers(s, e, nowMs)) + s.noiseRatio ** 2;
  const byLoad = explainedByLoad(s, e);
  const explained = byLoad > 0 && isQueueing ? Number.POSITIVE_INFINITY : byLoad;
  const unexplained = residual > 0 ? Math.max(0, residual - explained) : residual;
  const z = winsorized(unexplained / Math.sqrt((single * (1 + correlation)) / (1 - correlation)));
  s.shift[e]! += (unexplained - s.shift[e]!) * SHOWN_GAIN;
  const isWarm = s.blocks[e]! >= WARM_BLOCKS;
  if (isWarm) {
    s.cusum[e] = nextLatencyCusum(s.cusum[e]!, z);
    s.ewma[e] = nextEwma(s.ewma[e]!, z);
    s.recovery[e] = nextRecovery(s.recovery[e]!, z);
  }
  const share = learningShare(s, e, isWarm && s.cusum[e]! >= CUSUM_THRESHOLD / 2, nowMs);
  if (share === 1 && s.degrading[e] === 0) learnNoise(s, e, residual, Math.sqrt(single), answers);
  learnUsual(s, e, share, nowMs);
}

function verdict(s: AnomalyState, e: number, nowMs: number): Finding | null {
  const byLatency = isBeyond(s.cusum[e]!, s.ewma[e]!);
  const byErrors = s.errorScore[e]! >= errorThreshold(s.recentRps[e]!) && s.errorBlocks[e]! >= ERROR_MIN_BLOCKS;
  s.beyond[e] = byLatency || byErrors ? s.beyond[e]! + 1 : 0;
  if (s.degrading[e] === 0) {
    return s.beyond[e]! >= BEYOND_BLOCKS
      ? begin(s, e, (byLatency ? BY_LATENCY : 0) | (byErrors ? BY_ERRORS : 0), nowMs)
      : null;
  }
  if (byLatency && s.degrading[e] === BY_ERRORS) s.recovery[e] = 0;
  if (byLatency) s.degrading[e]! |= BY_LATENCY;
  if (byErrors) s.degrading[e]! |= BY_ERRORS;
  const forMs = nowMs - s.sinceMs[e]!;
  if (nowMs - Math.max(s.sinceMs[e]!, s.rawAtMs[e]!) > USUAL_TAU_MS) {
    return end(s, e, "too little traffic to judge it by", nowMs);
  }
  const latencyIsWell = (s.degrading[e]! & BY_LATENCY) === 0 || s.recovery[e]! >= RECOVERY_THRESHOLD;
  const errorsAreWell = s.errorScore[e]! < errorThreshold(s.recentRps[e]!) / 4;
  if (forMs < HOLD_MS * 2 ** s.relapses[e]! || !latencyIsWell || !errorsAreWell) return null;
  return end(s, e, forMs > LASTING_MS ? "this is how it is now" : "as it was before", nowMs);
}

function begin(s: AnomalyState, e: number, by: number, nowMs: number): Finding {
  s.relapses[e] = nowMs - s.endedAtMs[e]! < RELAPSE_WINDOW_MS ? Math.min(MAX_RELAPSES, s.relapses[e]! + 1) : 0;
  s.degrading[e] = by;
  s.sinceMs[e] = nowMs;
  s.recovery[e] = 0;
  return { type: "degrading", endpoint: e, by };
}

function end(s: AnomalyState, e: number, cause: string, nowMs: number): Finding {
  const forMs = nowMs - s.sinceMs[e]!;
  s.degrading[e] = 0;
  s.endedAtMs[e] = nowMs;
  clearCharts(s, e);
  return { type: "recovered", endpoint: e, cause, forMs };
}

function clearCharts(s: AnomalyState, e: number): void {
  s.cusum[e] = 0;
  s.ewma[e] = 0;
  s.errorScore[e] = 0;
  s.errorBlocks[e] = 0;
  s.beyond[e] = 0;
  s.recovery[e] = 0;
  s.shift[e] = 0;
  s.excess[e] = 0;
}

function clearBlock(s: AnomalyState, e: number): void {
  for (let cell = e; cell < s.blockOk.length; cell += s.size) {
    s.blockOk[cell] = 0;
    s.blockSumMs[cell] = 0;
  }
  s.blockTotal[e] = 0;
  s.blockFailed[e] = 0;
  s.blockSinceMs[e] = Number.NaN;
}
