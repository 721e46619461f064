import type { Fault } from "./fault.ts";

export interface PlanInput {
  readonly nowMs: number;
  /** When the capacity-limited server has worked off what it accepted. */
  readonly queueFreeAtMs: number;
  readonly baseLatencyMs: number;
  readonly jitterMs: number;
  readonly rng: () => number;
}

/** What becomes of one request. `queueFreeAtMs` is the next request's. */
export type Plan =
  | { readonly kind: "hang"; readonly queueFreeAtMs: number }
  | {
      readonly kind: "answer";
      readonly afterMs: number;
      readonly status: number;
      readonly isReset: boolean;
      readonly queueFreeAtMs: number;
    };

/** Longest wait in the queue of a capacity-limited origin; what would wait longer gets a 503 at once. */
const MAX_QUEUE_MS = 1_000;

/**
 * Decides what a faulty origin does with one request. A fixed status is answered at once, like a process that fails
 * before it works; errors of an error rate take as long as answers do. Never throws.
 */
export function plan(fault: Fault, input: PlanInput): Plan {
  const { queueFreeAtMs, nowMs } = input;
  if (fault.hang) return { kind: "hang", queueFreeAtMs };
  if (fault.status !== undefined) {
    return { kind: "answer", afterMs: 0, status: fault.status, isReset: false, queueFreeAtMs };
  }
  const isError = fault.errorRatio !== undefined && input.rng() < fault.errorRatio;
  const serviceMs = (input.baseLatencyMs + input.jitterMs * input.rng()) * (fault.slowFactor ?? 1);
  const status = isError ? 500 : 200;
  const isReset = fault.reset === true;
  const afterMs = serviceMs + (fault.latencyMs ?? 0);
  if (fault.capacityPerSecond === undefined) return { kind: "answer", afterMs, status, isReset, queueFreeAtMs };
  const startMs = Math.max(nowMs, queueFreeAtMs);
  const waitMs = startMs - nowMs;
  if (waitMs > MAX_QUEUE_MS) return { kind: "answer", afterMs: 0, status: 503, isReset: false, queueFreeAtMs };
  const freeAtMs = startMs + 1_000 / fault.capacityPerSecond;
  return { kind: "answer", afterMs: waitMs + afterMs, status, isReset, queueFreeAtMs: freeAtMs };
}
