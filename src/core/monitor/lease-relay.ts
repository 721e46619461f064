/**
 * Leases of two lenders on one wire. A regional object lends probes of its own breakers and hands on those that the root
 * object lent; the root has breakers of its own for an endpoint and for a region's path to it. To isolates a lease
 * only says which object lent it (`region` or `global`); which of the lender's breakers it is for travels in the lowest
 * bit of the generation and comes back with the answer. No table of outstanding leases is needed.
 *
 * A shard hands on what its regional object gives it, and lends by itself only while that one is out of reach. Which of
 * the two it was goes into one more bit of the generation.
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

/** A lease as the isolates of a shard get it: its own, or one that its regional object gave it to hand on. */
export function shardLease(lease: ProbeLease, lender: "shard" | "above"): ProbeLease {
  return { ...lease, generation: 2 * lease.generation + (lender === "shard" ? 1 : 0) };
}

/** Of the answers to a shard's leases: those to leases from above, as the regional object knows them. */
export function upwardResults(probes: readonly ProbeResult[]): ProbeResult[] {
  return halved(probes.filter(({ generation }) => generation % 2 === 0));
}

/** Of the answers to a shard's leases: those to its own. */
export function shardResults(probes: readonly ProbeResult[]): ProbeResult[] {
  return halved(probes.filter(({ generation }) => generation % 2 === 1));
}

function halved(probes: readonly ProbeResult[]): ProbeResult[] {
  return probes.map((probe) => ({ ...probe, generation: Math.floor(probe.generation / 2) }));
}
