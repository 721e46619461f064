/**
 * What one isolate can do without shared state: peak EWMA with P2C, and a long memory for failures.
 *
 * An isolate sees an endpoint every few seconds, so each look at a dead one costs a user's request a timeout. The price of
 * a failure therefore doubles with each in a row, up to a minute, and is forgotten at half the speed: with a decay of 10 s
 * an endpoint that hangs is looked at after about a minute instead of every 20 s. One good answer forgets them all. The
 * price only moves comparisons: when every endpoint fails, as in an overload, they are as before relative to each other,
 * and nothing is shut out.
 *
 * Source: twitter/finagle PeakEwma.scala, P2CPick.scala; the doubling is a breaker's backoff put into the cost.
 */
import { isFailure } from "../../outcome.ts";
import { wastedPerAnswer } from "../failure-cost.ts";
import type { EndpointColumns, Policy, PolicyFactory } from "../policy.ts";
import { createWeightTables, drawOtherPosition, drawPosition, weightTableOf } from "../weight-table.ts";

/** Milliseconds: the price of failures in a row stops here. */
const MAX_PRICE_MS = 60_000;
/** An endpoint that failed last is forgotten so many times more slowly. */
const FAILURE_DECAY_RATIO = 2;
/** Doublings are counted up to here: 2^16 times the least penalty is above any maximum. */
const MAX_RUN = 16;

/** Never throws. Constant time for equal weights, else logarithmic. Cost in ms. */
export const alonePolicy: PolicyFactory = (service): Policy => {
  const size = service.endpoints.length;
  const { decayMs, defaultLatencyMs, failurePenaltyMs } = service.loadBalancing;
  const tables = createWeightTables(size);
  /** 0: never measured. */
  const peakMs = new Float64Array(size);
  const measuredAtMs = new Float64Array(size);
  const failuresInARow = new Uint8Array(size);

  function decayed(e: number, nowMs: number): number {
    const elapsed = nowMs - measuredAtMs[e]!;
    const tauMs = failuresInARow[e] === 0 ? decayMs : FAILURE_DECAY_RATIO * decayMs;
    return elapsed > 0 ? peakMs[e]! * Math.exp(-elapsed / tauMs) : peakMs[e]!;
  }

  function costOf(columns: EndpointColumns, e: number, nowMs: number): number {
    const shared = columns.latencyMs[e]!;
    const latencyMs = peakMs[e]! > 0 ? decayed(e, nowMs) : shared > 0 ? shared : defaultLatencyMs;
    const overdueSince = columns.adaptive?.overdueSinceMs[e] ?? Number.POSITIVE_INFINITY;
    const waitingMs = overdueSince < nowMs ? nowMs - overdueSince : 0;
    return (
      (latencyMs + waitingMs + wastedPerAnswer(columns.failureRatio[e]!) * failurePenaltyMs) *
      (columns.ownInFlight[e]! + 1)
    );
  }

  return {
    memory: [peakMs, measuredAtMs, failuresInARow],
    pick(columns, candidates, { nowMs, rng }) {
      const { index, count } = candidates;
      if (count === 1) return index[0]!;
      const table = weightTableOf(tables, columns.weight, candidates);
      const position = drawPosition(table, rng);
      const first = index[position]!;
      const second = index[drawOtherPosition(table, position, rng)]!;
      return costOf(columns, first, nowMs) <= costOf(columns, second, nowMs) ? first : second;
    },
    onOutcome(e, { outcome, latencyMs, nowMs }) {
      if (outcome === "cancelled") return;
      const before = decayed(e, nowMs);
      if (isFailure(outcome) || outcome === "throttled") {
        failuresInARow[e] = Math.min(MAX_RUN, failuresInARow[e]! + 1);
        const price = Math.min(MAX_PRICE_MS, Math.max(latencyMs, failurePenaltyMs) * 2 ** failuresInARow[e]!);
        peakMs[e] = Math.max(before, price);
      } else {
        const kept = failuresInARow[e] === 0 ? Math.exp(-Math.max(0, nowMs - measuredAtMs[e]!) / decayMs) : 0;
        failuresInARow[e] = 0;
        const next = kept > 0 && latencyMs < before ? peakMs[e]! * kept + latencyMs * (1 - kept) : latencyMs;
        // An average of 0 means never measured, so an answer in no time counts as a microsecond.
        peakMs[e] = Math.max(next, 0.001);
      }
      measuredAtMs[e] = nowMs;
    },
    explain: (columns, _candidates, e, nowMs) => ({ cost: costOf(columns, e, nowMs) }),
  };
};
