/**
 * By response time: the estimated latency of an answer, plus what its failures cost, compared softly (soft-choice.ts).
 *
 * Latency is the shared estimate with the isolate's own evidence in it. Servoing on shared latency by the argmin or by a
 * steep softmin collapses at 70-85 % utilisation; the soft choice is bounded and does not.
 */
import { wastedPerAnswer } from "./failure-cost.ts";
import type { PolicyFactory } from "./policy.ts";
import { createSoftPolicy } from "./soft-choice.ts";

/** Never throws. Constant time. Cost in ms. */
export const responseTimePolicy: PolicyFactory = (service) => {
  const { defaultLatencyMs, failurePenaltyMs } = service.loadBalancing;
  return createSoftPolicy({
    size: service.endpoints.length,
    costOf(columns, endpoint) {
      const latencyMs = columns.latencyMs[endpoint]!;
      const wastedMs = wastedPerAnswer(columns.failureRatio[endpoint]!) * failurePenaltyMs;
      return (latencyMs > 0 ? latencyMs : defaultLatencyMs) + wastedMs;
    },
  });
};
