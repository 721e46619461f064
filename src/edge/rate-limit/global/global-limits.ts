/** Limits of scope global: what this isolate holds of them, and what happens when the object cannot be asked. */
import type { RateLimit } from "../../../core/mesh-rate-limits.ts";
import type { Verdict } from "../../../core/rate-limit/verdict.ts";
import type { Environment } from "../../environment.ts";
import { createUnaided, takeUnaided, type Unaided } from "./unaided.ts";

export interface GlobalRequest {
  readonly limit: RateLimit;
  /** What is counted apart, ≤ 256 UTF-16 units; "": everything together. */
  readonly key: string;
  /** Units, above 0. */
  readonly cost: number;
  readonly nowMs: number;
  readonly ctx: ExecutionContext;
}

export interface GlobalLimits {
  readonly env: Environment;
  /** Random, names this isolate to the objects. */
  readonly reporter: string;
  /** compiledAtMs of the mesh in force. */
  meshAtMs: number;
  readonly unaided: Unaided;
}

/** Nothing is held, nobody was asked. */
export function createGlobalLimits(env: Environment, reporter: string, meshAtMs: number): GlobalLimits {
  return { env, reporter, meshAtMs, unaided: createUnaided() };
}

/**
 * Takes units of a limit that all isolates share. At once where the isolate holds a lease or knows that nothing is left;
 * a promise only for a key of which it knows nothing yet. Never throws, never rejects.
 */
export function takeGlobal(limits: GlobalLimits, request: GlobalRequest): Verdict | Promise<Verdict> {
  return takeUnaided(limits.unaided, request);
}
