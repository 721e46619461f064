/** Anomaly detection as a part of a coordinator: what it is fed with, what it tells, and the weights it moves. */
import { readDecayed } from "../../load/decayed-sum.ts";
import { type Coordinator, isServing, RATE_TAU_MS } from "../coordinator-state.ts";
import { pushEvent } from "../health-event.ts";
import { type AnomalyState, BY_ERRORS, BY_LATENCY } from "./anomaly-state.ts";
import { type Finding, stepAnomaly, WARM_BLOCKS } from "./detect.ts";
import { stepLean } from "./lean.ts";

/** What an endpoint shows, for people. */
export interface EndpointAnomaly {
  readonly state: "learning" | "in-order" | "degrading";
  /** How much slower than expected it answers lately, percent (below 0: faster), and its failures beyond the usual, 0..1. */
  readonly slowerPercent: number;
  readonly excessFailureRatio: number;
  /** The charts: latency CUSUM and EWMA (in standard deviations), failures (nats). */
  readonly latencyCusum: number;
  readonly latencyEwma: number;
  readonly errorScore: number;
  /** Share of its traffic that is moved to others, 0..1. */
  readonly leanRatio: number;
  readonly sinceMs: number | null;
}

/** Closes blocks, tells what was found, moves leans. Once a second at most. */
export function watchAnomalies(c: Coordinator, nowMs: number): void {
  const s = c.anomaly;
  if (s === null) return;
  const beforeMs = s.steppedAtMs;
  const isOut = (e: number) => c.breakers[e]!.state !== "closed" || !isServing(c.health[e]!);
  const isQueueing = (e: number) => c.capacity.congested[e] === 1 || c.capacity.holdUntilMs[e]! > nowMs;
  for (const finding of stepAnomaly(s, isOut, nowMs, isQueueing)) tell(c, s, finding, nowMs);
  if (s.steppedAtMs === beforeMs || !s.lean.some((lean, e) => lean < 1 || s.degrading[e] !== 0)) return;
  const seconds = Math.min(5, (nowMs - beforeMs) / 1_000);
  const perSecond = 1_000 / RATE_TAU_MS;
  const deliveredRps = Float64Array.from(c.ids, (_, e) => readDecayed(c.delivered, e, nowMs) * perSecond);
  const { levelOf } = c.priorities;
  const sheds = c.shedding.ratio > 0;
  // The adaptive policy sends no more than an endpoint can take: a lean on top of that would answer the same queue twice.
  const isAdaptive = c.service.loadBalancing.policy === "adaptive";
  const mayLean = (e: number) => !sheds && !(isAdaptive && isQueueing(e));
  const input = { serving: (e: number) => !isOut(e), mayLean, isFull: isQueueing, levelOf, deliveredRps };
  stepLean(s, { ...input, knownRps: c.capacity.knownRps }, seconds);
}

/** What its lean makes of an endpoint's weight; 1 where nothing leans. */
export function leanOf(c: Coordinator, endpoint: number): number {
  return c.anomaly === null ? 1 : c.anomaly.lean[endpoint]!;
}

/** An endpoint as people see it; null where nothing is watched. A read. */
export function describeAnomaly(c: Coordinator, e: number): EndpointAnomaly | null {
  const s = c.anomaly;
  if (s === null) return null;
  const degrading = s.degrading[e] !== 0;
  return {
    state: degrading ? "degrading" : s.blocks[e]! < WARM_BLOCKS ? "learning" : "in-order",
    slowerPercent: 100 * Math.expm1(s.shift[e]!),
    excessFailureRatio: s.excess[e]!,
    latencyCusum: s.cusum[e]!,
    latencyEwma: s.ewma[e]!,
    errorScore: s.errorScore[e]!,
    leanRatio: 1 - s.lean[e]!,
    sinceMs: degrading ? s.sinceMs[e]! : null,
  };
}

function tell(c: Coordinator, s: AnomalyState, finding: Finding, nowMs: number): void {
  const e = finding.endpoint;
  // A region speaks of its own way there; the root of all.
  const region = c.regions.length === 1 ? c.regions[0]! : null;
  const about = { atMs: nowMs, endpoint: c.ids[e]!, region };
  if (finding.type === "recovered") {
    const { cause, forMs } = finding;
    pushEvent(c.events, { ...about, type: "recovered", severity: "info", cause, forMs });
    return;
  }
  const evidence = {
    by: finding.by === BY_LATENCY ? "latency" : finding.by === BY_ERRORS ? "errors" : "latency and errors",
    slowerPercent: Math.round(100 * Math.expm1(s.shift[e]!)),
    excessFailureRatio: s.excess[e]!,
    latencyCusum: s.cusum[e]!,
    latencyEwma: s.ewma[e]!,
    errorScore: s.errorScore[e]!,
  } as const;
  pushEvent(c.events, { ...about, type: "degrading", severity: "warning", cause: inWords(evidence), evidence });
}

function inWords(
  evidence: Pick<EndpointAnomaly, "slowerPercent" | "excessFailureRatio"> & { readonly by: string },
): string {
  const parts: string[] = [];
  if (evidence.by !== "errors") parts.push(`answers take ${evidence.slowerPercent} % longer than expected`);
  if (evidence.by !== "latency")
    parts.push(`${(100 * evidence.excessFailureRatio).toFixed(1)} % more attempts fail than usual`);
  return `${parts.join(", ")}; its peers are as they were`;
}
