/**
 * Leases of two lenders on one wire. A regional object lends probes of its own breakers and hands on those that the root
 * object lent; the root has breakers of its own for an endpoint and for a region's path to it. To isolates a lease
 * only says which object lent it (`region` or `global`); which of the lender's breakers it is for travels in the lowest
 * bit of the generation and comes back with the answer. No table of outstanding leases is needed.
 */
import type { ProbeLease, ProbeResult } from "../protocol.ts";

export type Lender = "region" | "root";

/** A lease as isolates get it. */
export function outwardLease(lease: ProbeLease, lender: Lender): ProbeLease {
  return {
    ...lease,
    scope: lender === "region" ? "region" : "global",
    generation: 2 * lease.generation + (lease.scope === "global" ? 1 : 0),
  };
}

/** The answer as the lender's coordinator knows it, and who lent. */
export function inwardResult(result: ProbeResult): { readonly lender: Lender; readonly result: ProbeResult } {
  const generation = Math.floor(result.generation / 2);
  const scope = result.generation % 2 === 1 ? "global" : "region";
  return { lender: result.scope === "region" ? "region" : "root", result: { ...result, generation, scope } };
}
