/** What an override leaves: so that no word takes out a whole service without saying so. */
import type { Endpoint } from "../mesh.ts";
import { type OverrideIndex, wordOn } from "./override-index.ts";

/** Endpoints by what they can do once the word is in force. */
export interface OverrideImpact {
  /** Of the service. */
  readonly endpoints: number;
  /** Not taken out by operators; before the word, and after it. */
  readonly wasLeft: number;
  readonly left: number;
  /** Of those, the ones that are well as far as is known, or forced healthy; before, and after. */
  readonly wasServing: number;
  readonly serving: number;
}

/**
 * How many endpoints are left with overrides, and without the last word.
 *
 * - `isWell`: by endpoint, whether it would serve if no operator had said anything.
 *
 * Linear in the endpoints. Never throws.
 */
export function impactOf(input: {
  readonly endpoints: readonly Endpoint[];
  readonly before: readonly OverrideIndex[];
  readonly after: readonly OverrideIndex[];
  readonly isWell: (endpoint: number) => boolean;
  readonly nowMs: number;
}): OverrideImpact {
  const { endpoints } = input;
  const before = count(input, input.before);
  const after = count(input, input.after);
  return {
    endpoints: endpoints.length,
    wasLeft: before.left,
    left: after.left,
    wasServing: before.serving,
    serving: after.serving,
  };
}

/** The same for the words that are in force. */
export function countLeft(
  input: {
    readonly endpoints: readonly Endpoint[];
    readonly isWell: (endpoint: number) => boolean;
    readonly nowMs: number;
  },
  indices: readonly OverrideIndex[],
): { readonly left: number; readonly serving: number } {
  return count(input, indices);
}

function count(
  {
    endpoints,
    isWell,
    nowMs,
  }: {
    readonly endpoints: readonly Endpoint[];
    readonly isWell: (endpoint: number) => boolean;
    readonly nowMs: number;
  },
  indices: readonly OverrideIndex[],
): { left: number; serving: number } {
  let left = 0;
  let serving = 0;
  for (const [e, endpoint] of endpoints.entries()) {
    const { health } = wordOn(indices, endpoint, nowMs);
    if (health !== null && health >= 2) continue;
    left++;
    if (health === 1 || isWell(e)) serving++;
  }
  return { left, serving };
}
