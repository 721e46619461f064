/** Which requests are told of, decided when their outcome is known: every failed one, every slow one, a share of the rest. */
import type { TailSampling } from "../core/mesh-telemetry.ts";
import { isFailure, type OutcomeClass } from "../core/outcome.ts";

/** Why a request is told of; "" when it is not. */
export type Kept = "" | "error" | "slow" | "share";

export interface Ended {
  readonly status: number;
  readonly durationMs: number;
  /** Of its attempts, the last one included. */
  readonly attempts: readonly { readonly outcome: OutcomeClass }[];
}

/**
 * - `isDrawn`: it is among the share of the rest.
 *
 * Never throws. Linear in the attempts, which are few.
 */
export function keptBy({ slowMs }: Pick<TailSampling, "slowMs">, ended: Ended, isDrawn: boolean): Kept {
  if (hasFailed(ended)) return "error";
  if (slowMs > 0 && ended.durationMs >= slowMs) return "slow";
  return isDrawn ? "share" : "";
}

/** The answer is the fault of somebody behind the edge, or an attempt on the way to a good one was. */
export function hasFailed({ status, attempts }: Pick<Ended, "status" | "attempts">): boolean {
  if (status >= 500) return true;
  for (const { outcome } of attempts) if (isFailure(outcome)) return true;
  return false;
}
