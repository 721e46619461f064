/**
 * What a canary's traffic says against its limits. Each limit has one of three verdicts:
 *
 * - fail: it is broken, and luck is ruled out (confidence.ts) at every look at once, but for a chance of alpha; with
 *   MIN_BROKEN requests that broke it at least, as single failures come in company and the bounds take them for
 *   independent. It needs no minimum of requests: ten failures of ten are enough.
 * - pass: there are minRequests, and what was seen is within the limit.
 * - wait: neither.
 *
 * A pass is what was seen and no proof: with n requests, a canary that fails with ratio p passes a limit of m with the
 * chance that a binomial (n, p) is at most m·n. README.md has the figures for the default.
 */
import { quantile } from "../load/sketch.ts";
import type { RolloutAnalysis } from "../mesh.ts";
import { boundsOf } from "./confidence.ts";
import { quantileAtMost, slowerThan } from "./quantile-bound.ts";
import { requestsIn, type Tally } from "./totals.ts";

export type Verdict = "pass" | "fail" | "wait";

/** One limit: what was seen, what it may be, and what that means. Ratios 0..1, or milliseconds; null: not known yet. */
export interface LimitCheck {
  readonly limit: "requests" | "failureRatio" | "failureRise" | "p99Ms" | "p99Ratio";
  readonly seen: number;
  readonly allowed: number | null;
  readonly verdict: Verdict;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly checks: readonly LimitCheck[];
}

/** The two sides of a rollout. */
export interface Sides {
  readonly canary: Tally;
  readonly stable: Tally;
  /** The stable side gets no traffic: without any that was seen before, there is nothing to compare with. */
  readonly isAlone: boolean;
}

/** Requests that broke a limit, at least, before it can fail. */
export const MIN_BROKEN = 5;
const P99 = 0.99;

/** Judges a canary. Linear in the used range of the sketches. Never throws. */
export function judge(sides: Sides, analysis: RolloutAnalysis): Judgement {
  const checks = [
    requestCheck(sides, analysis),
    failureCheck(sides, analysis),
    riseCheck(sides, analysis),
    p99Check(sides, analysis),
    p99RatioCheck(sides, analysis),
  ].filter((check) => check !== null);
  const has = (verdict: Verdict) => checks.some((check) => check.verdict === verdict);
  return { verdict: has("fail") ? "fail" : has("wait") ? "wait" : "pass", checks };
}

function requestCheck({ canary }: Sides, { minRequests }: RolloutAnalysis): LimitCheck {
  const seen = requestsIn(canary);
  return { limit: "requests", seen, allowed: minRequests, verdict: seen >= minRequests ? "pass" : "wait" };
}

function failureCheck({ canary }: Sides, { maxFailureRatio, alpha }: RolloutAnalysis): LimitCheck | null {
  if (maxFailureRatio >= 1) return null;
  const least = boundsOf(canary.failed, requestsIn(canary), alpha).low;
  const seen = failureRatio(canary);
  const verdict = verdictOf(canary.failed, least > maxFailureRatio, seen <= maxFailureRatio);
  return { limit: "failureRatio", seen, allowed: maxFailureRatio, verdict };
}

function riseCheck(sides: Sides, { maxFailureRise, alpha, minRequests }: RolloutAnalysis): LimitCheck | null {
  const { canary, stable } = sides;
  if (maxFailureRise >= 1) return null;
  const seen = failureRatio(canary);
  if (isUncomparable(sides, minRequests)) return { limit: "failureRise", seen, ...unknown(sides) };
  const most = boundsOf(stable.failed, requestsIn(stable), alpha / 2).high + maxFailureRise;
  const least = boundsOf(canary.failed, requestsIn(canary), alpha / 2).low;
  const allowed = failureRatio(stable) + maxFailureRise;
  return { limit: "failureRise", seen, allowed, verdict: verdictOf(canary.failed, least > most, seen <= allowed) };
}

function p99Check({ canary }: Sides, { maxP99Ms, alpha }: RolloutAnalysis): LimitCheck | null {
  if (maxP99Ms <= 0) return null;
  const seen = quantile(canary.latency, P99);
  const slower = slowerThan(canary.latency, maxP99Ms, alpha);
  const verdict = verdictOf(slower.count, slower.leastShare > 1 - P99, seen <= maxP99Ms);
  return { limit: "p99Ms", seen, allowed: maxP99Ms, verdict };
}

function p99RatioCheck(sides: Sides, { maxP99Ratio, alpha, minRequests }: RolloutAnalysis): LimitCheck | null {
  const { canary, stable } = sides;
  if (maxP99Ratio <= 0) return null;
  const seen = quantile(canary.latency, P99);
  if (isUncomparable(sides, minRequests)) return { limit: "p99Ratio", seen, ...unknown(sides) };
  const mostMs = maxP99Ratio * quantileAtMost(stable.latency, P99, alpha / 2);
  const slower = slowerThan(canary.latency, mostMs, alpha / 2);
  const allowed = maxP99Ratio * quantile(stable.latency, P99);
  const verdict = verdictOf(slower.count, slower.leastShare > 1 - P99, seen <= allowed);
  return { limit: "p99Ratio", seen, allowed, verdict };
}

/** Too little is known of the stable side to be better or worse than it. */
function isUncomparable({ stable }: Sides, minRequests: number): boolean {
  return requestsIn(stable) < minRequests;
}

function unknown({ isAlone }: Sides): { allowed: null; verdict: Verdict } {
  return { allowed: null, verdict: isAlone ? "pass" : "wait" };
}

function verdictOf(broken: number, isBroken: boolean, isKept: boolean): Verdict {
  if (isBroken && broken >= MIN_BROKEN) return "fail";
  return isKept ? "pass" : "wait";
}

/** 0 without requests. */
export function failureRatio(tally: Tally): number {
  const requests = requestsIn(tally);
  return requests === 0 ? 0 : tally.failed / requests;
}
