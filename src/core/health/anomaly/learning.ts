/** How what is usual of an endpoint is learned: its latency, and by how much blocks vary when nothing is wrong. */
import { addDecayed, readDecayed } from "../../load/decayed-sum.ts";
import type { AnomalyState } from "./anomaly-state.ts";

/** Variance and correlation are learned over about so many blocks. */
const NOISE_BLOCKS = 200;
/** The mean that blocks vary around moves with this gain: a drift of what is usual is no noise. */
const LEVEL_GAIN = 0.05;
/** Share of a block that is learned while it looks suspicious, so that the trouble does not become the usual. */
const SUSPICIOUS_LEARNING = 0.1;
/** Milliseconds: trouble that lasts becomes the usual after this; the balancer's own costs have it by then. */
export const LASTING_MS = 300_000;

/** How much of a block becomes part of what is usual, 0..1: nothing while degrading, until that has lasted. */
export function learningShare(s: AnomalyState, e: number, isSuspicious: boolean, nowMs: number): number {
  if (s.degrading[e] !== 0) return nowMs - s.sinceMs[e]! >= LASTING_MS ? 1 : 0;
  return isSuspicious ? SUSPICIOUS_LEARNING : 1;
}

/** Answers that the usual latency is known from, at least 1. Linear in the regions. */
export function usualAnswers(s: AnomalyState, e: number, nowMs: number): number {
  let answers = 0;
  for (let cell = e; cell < s.blockOk.length; cell += s.size) answers += readDecayed(s.usualOk, cell, nowMs);
  return Math.max(1, answers);
}

/**
 * Variance of one answer around what it was lately, and correlation of a block with the one before. Queues make blocks follow each other, and charts over
 * correlated blocks alarm too often (Johnson and Bagshaw 1974); the variance of a sum of them is (1 + ρ)/(1 − ρ) times as large.
 *
 * - `residual`: logarithm; one beyond three standard errors counts as three.
 */
export function learnNoise(s: AnomalyState, e: number, residual: number, sigma: number, answers: number): void {
  const gain = Math.max(1 / NOISE_BLOCKS, 1 / (2 + s.blocks[e]!));
  const plain = Math.max(-3, Math.min(3, (residual - s.level[e]!) / sigma));
  s.level[e]! += LEVEL_GAIN * (residual - s.level[e]!);
  s.variance[e]! += gain * ((plain * sigma) ** 2 * answers - s.variance[e]!);
  s.variance[e] = Math.max(1e-4, s.variance[e]!);
  s.covariance[e]! += gain * (plain * s.lastZ[e]! - s.covariance[e]!);
  s.zSquare[e]! += gain * (plain ** 2 - s.zSquare[e]!);
  s.lastZ[e] = plain;
}

/** The block becomes part of the usual, and another one begins. Linear in the regions. */
export function learnUsual(s: AnomalyState, e: number, share: number, nowMs: number): void {
  for (let cell = e; cell < s.blockOk.length; cell += s.size) {
    if (s.blockOk[cell] === 0) continue;
    addDecayed(s.usualOk, cell, share * s.blockOk[cell]!, nowMs);
    addDecayed(s.usualSumMs, cell, share * s.blockSumMs[cell]!, nowMs);
    s.blockOk[cell] = 0;
    s.blockSumMs[cell] = 0;
  }
  s.blockSinceMs[e] = Number.NaN;
  s.blocks[e]! += 1;
}
