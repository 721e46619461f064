/** Which requests are told of, decided when their outcome is known: every failed one, every slow one, a share of the rest. */
import type { TailSampling } from "../core/mesh-telemetry.ts";
import { isFailure, type OutcomeClass } from "../core/outcome.ts";
import type { Rng } from "../core/rng.ts";

/** Why a request is told of; "" when it is not. */
export type Kept = "" | "error" | "slow" | "share";

export interface Ended {
  readonly status: number;
  readonly durationMs: number;
  /** Of its attempts, the last one included. */
  readonly attempts: readonly { readonly outcome: OutcomeClass }[];
}

/**
 * - `wasDrawn`: it is among the share of the rest.
 *
 * Never throws. Linear in the attempts, which are few.
 */
export function keptBy({ slowMs }: Pick<TailSampling, "slowMs">, ended: Ended, wasDrawn: boolean): Kept {
  if (hasFailed(ended)) return "error";
  if (slowMs > 0 && ended.durationMs >= slowMs) return "slow";
  return wasDrawn ? "share" : "";
}

/** The answer is the fault of somebody behind the edge, or an attempt on the way to a good one was. */
export function hasFailed({ status, attempts }: Pick<Ended, "status" | "attempts">): boolean {
  if (status >= 500) return true;
  for (const { outcome } of attempts) if (isFailure(outcome)) return true;
  return false;
}

/** How the trace of a request was drawn, as far as it was drawn here. */
export interface DrawnTrace {
  /** With this probability, 0..1. */
  readonly share: number;
  readonly isSampled: boolean;
}

/**
 * Whether a request is drawn for another log, with probability `share`, and so that the smaller share lies within the larger
 * one: what is logged by chance is traced by chance, as far as the shares allow.
 *
 * - `trace`: null where there is none, or where somebody else drew it.
 *
 * Never throws. At most one number is drawn.
 */
export function isDrawn(share: number, trace: DrawnTrace | null, rng: Rng): boolean {
  if (trace === null || trace.share <= 0) return rng() < share;
  if (trace.isSampled) return share >= trace.share || rng() < share / trace.share;
  return share > trace.share && rng() < (share - trace.share) / (1 - trace.share);
}
