/** How many units a request costs. */
import type { RateLimitCost } from "../mesh.ts";

/**
 * The units that a request costs by what its header says: a whole number between 1 and `max`, and at the nearer end for one
 * outside. `default` for what is no number. Never throws.
 *
 * - `text`: the header's value; null without one.
 */
export function costFrom(cost: Extract<RateLimitCost, { type: "header" }>, text: string | null): number {
  if (text === null || !/^\d{1,15}$/.test(text)) return cost.default;
  return Math.min(cost.max, Math.max(1, Number(text)));
}
