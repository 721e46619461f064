/**
 * Whether a mesh does worse since its config changed than it did in the time before.
 *
 * Every service is compared with itself: its failures and its p99 since the change with those of the last minutes before it.
 * All are looked at again every few seconds, and there may be a thousand of them, so that a test made for one look at one
 * service would go back on every other change. The bounds of ../rollout/confidence.ts hold at all looks together, and the
 * chance of a false alarm is divided by the comparisons: the chance that a mesh in which nothing got worse beyond what is
 * tolerated is ever sent back is at most ALPHA, however many services it has and however long it is watched.
 *
 * A comparison by cumulative sums (CUSUM) would notice a drop somewhat earlier, but has to be told the ratio that is
 * normal; here that is estimated as well, and its own uncertainty counts.
 *
 * Requests are taken for independent. They are not quite: failures come in bursts, latencies drift through the day. That is
 * what the tolerances are for, and MIN_BROKEN.
 */
import { quantile } from "../load/sketch.ts";
import { boundsOf } from "../rollout/confidence.ts";
import { failureRatio, MIN_BROKEN } from "../rollout/judge.ts";
import { quantileAtMost, slowerThan } from "../rollout/quantile-bound.ts";
import { addTally, columnsOf, createTally, requestsIn, type Tally } from "../rollout/totals.ts";

/** Chance that a guard ever goes back on a change that made nothing worse than is tolerated. */
export const ALPHA = 0.01;
/** Failures may rise by so much, as a share of the requests: what changes by itself within minutes. */
export const MAX_RISE = 0.005;
/** The same for a service that the mesh did not have before: it is compared with the whole mesh. */
export const MAX_NEW_RISE = 0.1;
/** p99 may grow to so many times what it was, and always by MIN_SLOWER_MS: a p99 of a few ms doubles by itself. */
export const MAX_P99_RATIO = 1.3;
export const MIN_SLOWER_MS = 20;
const P99 = 0.99;

/** How one service did. */
export interface ServiceEvidence {
  readonly service: string;
  /** In the minutes before the change. */
  readonly before: Tally;
  readonly after: Tally;
  /** The mesh did not have it before. */
  readonly isNew: boolean;
}

/** A service that does worse. Ratios 0..1, or milliseconds. */
export interface Finding {
  readonly service: string;
  readonly limit: "failures" | "p99";
  readonly before: number;
  readonly after: number;
  readonly requests: number;
}

export interface GuardJudgement {
  /** Worst first; empty: nothing is known to be worse. */
  readonly findings: readonly Finding[];
  /** Services with traffic before and after, and their requests after. */
  readonly compared: number;
  readonly requests: number;
  /** Of the services that were compared, before and after. */
  readonly failureRatioBefore: number;
  readonly failureRatioAfter: number;
}

/**
 * Compares all services of a mesh.
 *
 * - `services`: how many may ever be compared, ≥ 1; the same for all looks.
 *
 * Linear in the services and the used ranges of their sketches. Never throws.
 */
export function judgeGuard(evidence: readonly ServiceEvidence[], services: number): GuardJudgement {
  // Failures and p99 of each.
  const alpha = ALPHA / (2 * Math.max(1, services));
  const meshBefore = sumOf(evidence.map(({ before }) => before));
  const findings: Finding[] = [];
  const compared = evidence.filter(({ before, after }) => requestsIn(before) > 0 && requestsIn(after) > 0);
  for (const one of evidence) {
    const failures = one.isNew ? newFailures(one, meshBefore, alpha) : moreFailures(one, alpha);
    if (failures !== null) findings.push(failures);
    const slower = slowerAnswers(one, alpha);
    if (slower !== null) findings.push(slower);
  }
  const [before, after] = [sumOf(compared.map((one) => one.before)), sumOf(compared.map((one) => one.after))];
  return {
    findings: findings.sort((a, b) => b.requests * (b.after - b.before) - a.requests * (a.after - a.before)),
    compared: compared.length,
    requests: requestsIn(after),
    failureRatioBefore: failureRatio(before),
    failureRatioAfter: failureRatio(after),
  };
}

function moreFailures({ service, before, after }: ServiceEvidence, alpha: number): Finding | null {
  if (after.failed < MIN_BROKEN) return null;
  const most = boundsOf(before.failed, requestsIn(before), alpha / 2).high + MAX_RISE;
  const least = boundsOf(after.failed, requestsIn(after), alpha / 2).low;
  return least > most ? failing(service, failureRatio(before), after) : null;
}

function newFailures({ service, after }: ServiceEvidence, mesh: Tally, alpha: number): Finding | null {
  if (after.failed < MIN_BROKEN || requestsIn(mesh) === 0) return null;
  const most = boundsOf(mesh.failed, requestsIn(mesh), alpha / 2).high + MAX_NEW_RISE;
  const least = boundsOf(after.failed, requestsIn(after), alpha / 2).low;
  return least > most ? failing(service, failureRatio(mesh), after) : null;
}

function failing(service: string, before: number, after: Tally): Finding {
  return { service, limit: "failures", before, after: failureRatio(after), requests: requestsIn(after) };
}

function slowerAnswers({ service, before, after }: ServiceEvidence, alpha: number): Finding | null {
  if (after.latency.total < MIN_BROKEN || before.latency.total === 0) return null;
  const seenMs = quantile(after.latency, P99);
  const wasMs = quantile(before.latency, P99);
  // Without this, which is cheap, each look would compute the bounds of services that are plainly fine.
  if (seenMs <= limitOf(wasMs)) return null;
  const limitMs = limitOf(quantileAtMost(before.latency, P99, alpha / 2));
  if (!Number.isFinite(limitMs)) return null;
  const slower = slowerThan(after.latency, limitMs, alpha / 2);
  if (slower.count < MIN_BROKEN || slower.leastShare <= 1 - P99) return null;
  return { service, limit: "p99", before: wasMs, after: seenMs, requests: requestsIn(after) };
}

function limitOf(p99Ms: number): number {
  return Math.max(MAX_P99_RATIO * p99Ms, p99Ms + MIN_SLOWER_MS);
}

function sumOf(tallies: readonly Tally[]): Tally {
  const sum = createTally();
  for (const tally of tallies) addTally(sum, columnsOf(tally));
  return sum;
}

/** What a judgement says, in a line for the history. */
export function guardReason(judgement: GuardJudgement): string {
  const [worst] = judgement.findings;
  if (worst !== undefined) {
    const services = new Set(judgement.findings.map(({ service }) => service)).size;
    const others = services > 1 ? `, and ${services - 1} more` : "";
    return `${worst.service}: ${described(worst)} over ${worst.requests} requests${others}`;
  }
  const { compared, requests, failureRatioBefore, failureRatioAfter } = judgement;
  if (compared === 0) return "there was no traffic to compare";
  const rates = `success rate ${percent(1 - failureRatioBefore)} before, ${percent(1 - failureRatioAfter)} after`;
  return `${rates}, over ${requests} requests of ${compared} ${compared === 1 ? "service" : "services"}`;
}

function described({ limit, before, after }: Finding): string {
  if (limit === "p99") return `p99 ${Math.round(after)} ms, ${Math.round(before)} ms before`;
  return `success rate ${percent(1 - after)}, ${percent(1 - before)} before`;
}

function percent(ratio: number): string {
  return `${Number((100 * ratio).toFixed(2))} %`;
}
