/**
 * Which backend of a weighted split a key belongs to: weighted rendezvous hashing. Every backend gets a number drawn from
 * the key and its own name, and the one for which weight / -ln(number) is largest has the key.
 *
 * Each backend has exactly its share of the keys, as by a draw. When one weight grows, keys move to that backend alone and
 * from no other to another, so that nobody changes sides without need: not with three backends either, where dividing
 * [0, 1) in config order would shift those in between. The order of the config does not matter.
 *
 * Source: Schindelhauer and Schomaker, "Weighted Distributed Hash Tables", SPAA 2005 (the logarithmic method).
 */
import { hashPoint } from "../balance/hash-key.ts";
import type { BackendRef, RouteRule } from "../mesh.ts";

/** Half of what tells two points apart: keeps the logarithm finite. */
const HALF_STEP = 2 ** -33;

/**
 * The backend for a key; null when there are none or all weights are 0.
 *
 * - `key`: not empty.
 * - `nameOf`: what tells a backend's service from others, whatever its index. Two backends of one service are told apart
 *   by their order.
 *
 * Never throws. Linear in the number of backends, each with one hash.
 */
export function splitBackend(
  { backendRefs }: RouteRule,
  key: string,
  nameOf: (ref: BackendRef) => string,
): BackendRef | null {
  let best: BackendRef | null = null;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let at = 0; at < backendRefs.length; at += 1) {
    const ref = backendRefs[at]!;
    if (ref.weight <= 0) continue;
    // The words before the key keep the split independent of the balancing by the same key.
    const point = hashPoint(`split ${occurrence(backendRefs, at)} ${nameOf(ref)} ${key}`) + HALF_STEP;
    const cost = -Math.log(point) / ref.weight;
    if (cost >= bestCost) continue;
    best = ref;
    bestCost = cost;
  }
  return best;
}

/** How many references before this one lead to the same service. */
function occurrence(refs: readonly BackendRef[], at: number): number {
  const { service } = refs[at]!;
  let before = 0;
  for (let i = 0; i < at; i += 1) if (refs[i]!.service === service) before += 1;
  return before;
}
