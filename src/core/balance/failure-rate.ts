/**
 * By failure rate: requests wasted per answer, compared softly (soft-choice.ts). Latency and load do not count. An
 * endpoint that fails half of its requests gets about a fiftieth of what a clean one gets.
 */
import { wastedPerAnswer } from "./failure-cost.ts";
import type { PolicyFactory } from "./policy.ts";
import { createSoftPolicy } from "./soft-choice.ts";

/** Wasted requests per answer that count as none: differences below about 2 % failures are mostly noise. */
const NOISE = 0.02;

/** Never throws. Constant time. Cost in wasted requests per answer. */
export const failureRatePolicy: PolicyFactory = (service) =>
  createSoftPolicy({
    size: service.endpoints.length,
    costOf: (columns, endpoint) => NOISE + wastedPerAnswer(columns.failureRatio[endpoint]!),
    dynamic: 0,
  });
