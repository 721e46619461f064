/**
 * Whether a request may come in at all: limits of concurrency first, then shedding.
 *
 * A limit is soft: it holds for what this isolate has in flight and what the snapshot says the others have.
 */
import type { Limits } from "../mesh.ts";
import type { Refusal } from "../refusal.ts";
import type { Rng } from "../rng.ts";
import { type ClassShares, classIndex, shedProbability } from "./shed-by-class.ts";

export interface Admission {
  readonly service: string;
  readonly limits: Limits;
  readonly shares: ClassShares;
  /** Requests in flight, over all isolates of the region as far as is known. */
  readonly inFlight: number;
  /** Every endpoint that may be used has as many requests as it may. */
  readonly endpointsFull: boolean;
  /** Share of all requests to refuse, 0..1. */
  readonly shed: number;
}

/**
 * The refusal, or null to let the request in. Counts the request's class.
 *
 * - `requestClass`: the class the request names; unknown ones and "" count as the default.
 *
 * Uses a number of chance only while shedding. Allocates only a refusal.
 */
export function judgeAdmission(admission: Admission, requestClass: string, rng: Rng): Refusal | null {
  const { limits, shares, service } = admission;
  const { retryAfterMs } = limits;
  const index = classIndex(shares, requestClass);
  shares.counts[index]! += 1;
  if (limits.maxRequests > 0 && admission.inFlight >= limits.maxRequests) {
    return { reason: "overflow", service, limit: "maxRequests", retryAfterMs };
  }
  if (admission.endpointsFull) return { reason: "overflow", service, limit: "maxRequestsPerEndpoint", retryAfterMs };
  if (admission.shed <= 0) return null;
  const probability = shedProbability(shares, index, admission.shed);
  if (probability <= 0 || rng() >= probability) return null;
  return { reason: "shed", service, requestClass: shares.classes[index]!, retryAfterMs };
}
