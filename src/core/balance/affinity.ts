/**
 * What the hash policies have in common: the same key goes to the same endpoint, and when that one may not take it, to the
 * same other one.
 *
 * A policy says where a key belongs (`locate`). Two things may send it elsewhere:
 * - bounded load: the endpoint has its share of what is in flight, times the balance factor;
 * - slow start: of a warming endpoint's keys only a share comes yet. Which ones depends on the key alone, so as the weight
 *   grows keys move over one by one and never back.
 * The other endpoint is the key's next in rendezvous order, so that what one endpoint sheds is spread over all.
 *
 * Bounded load: slots = ceil(ceil((in flight + 1) × factor / 100) × share of the weight), at least 1. Envoy lets an endpoint
 * through while it has that many, so it ends with one more; here the limit is a limit. In flight is over all isolates,
 * second-old, our own exact: the bound is as sharp as that.
 *
 * Source: Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2017; Chen, Coleman, Shrivastava,
 * "Revisiting Consistent Hashing with Bounded Loads", 2019 (jumping instead of going on to the neighbour).
 */
import type { Service } from "../mesh.ts";
import type { Candidates, EndpointColumns, Policy } from "./policy.ts";
import { positionOf } from "./weight-table.ts";
import { xxh64 } from "./xxhash64.ts";

/** A key's 64 bits: high half, low half. Valid during one pick. */
export type KeyHash = Uint32Array;

/** Where a key belongs: one of the candidates. */
export type Locate = (key: KeyHash, columns: EndpointColumns, candidates: Candidates) => number;

export interface Affinity {
  readonly locate: Locate;
  /** By endpoint: the weights that `locate` goes by, so that a lower one has to be made up for here; null: the columns'. */
  readonly tableWeights: Float64Array | null;
}

/** By endpoint: 64 bits of its id's hash, to mix keys with. */
export function endpointSeeds({ endpoints }: Service): Uint32Array {
  const seeds = new Uint32Array(endpoints.length * 2);
  const hash = new Uint32Array(2);
  endpoints.forEach(({ id }, endpoint) => {
    xxh64(id, 0, hash);
    seeds.set(hash, endpoint * 2);
  });
  return seeds;
}

/**
 * A policy from a rule of where keys belong. A request without a key goes where a random key would.
 *
 * Never throws. Costs what `locate` costs; with bounded load linear in the candidates.
 */
export function createAffinityPolicy(service: Service, seeds: Uint32Array, affinity: Affinity): Policy {
  const { balanceFactorPercent } = service.loadBalancing.hash;
  const { tableWeights } = affinity;
  const key: KeyHash = new Uint32Array(2);
  let slotsPerWeight = 0;

  function hasRoom(columns: EndpointColumns, endpoint: number): boolean {
    const slots = Math.max(1, Math.ceil(slotsPerWeight * columns.weight[endpoint]!));
    return columns.inFlight[endpoint]! + 1 <= slots;
  }

  function isWarm(columns: EndpointColumns, endpoint: number): boolean {
    const weight = columns.weight[endpoint]!;
    if (tableWeights === null || weight >= tableWeights[endpoint]!) return true;
    return uniform(key[1]!, key[0]!, seeds, endpoint) < weight / tableWeights[endpoint]!;
  }

  const mayTake = (columns: EndpointColumns, endpoint: number) =>
    isWarm(columns, endpoint) && (balanceFactorPercent === 0 || hasRoom(columns, endpoint));

  return {
    pick(columns, candidates, { rng, hashKey }) {
      if (candidates.count === 1) return candidates.index[0]!;
      if (hashKey === "") {
        key[0] = rng() * 4_294_967_296;
        key[1] = rng() * 4_294_967_296;
      } else {
        xxh64(hashKey, 0, key);
      }
      const home = affinity.locate(key, columns, candidates);
      if (balanceFactorPercent !== 0) {
        slotsPerWeight = slotsFor(columns, candidates, balanceFactorPercent);
      }
      if (mayTake(columns, home)) return home;
      const other = heaviest(key, seeds, columns, candidates, mayTake);
      if (other >= 0) return other;
      // All are warming: the ramp is the same for all, so nothing moves. The bound holds for at least one.
      if (balanceFactorPercent === 0 || hasRoom(columns, home)) return home;
      const withRoom = heaviest(key, seeds, columns, candidates, hasRoom);
      return withRoom >= 0 ? withRoom : home;
    },
    explain(columns, candidates, endpoint) {
      if (positionOf(candidates, endpoint) < 0) return { share: 0 };
      let total = 0;
      for (let at = 0; at < candidates.count; at++) total += columns.weight[candidates.index[at]!]!;
      return { share: columns.weight[endpoint]! / total };
    },
  };
}

/**
 * The candidate with the highest random weight for the key, −weight / ln(u), u uniform in (0, 1) from key and endpoint;
 * -1 when `accepts` takes none. On a tie the first wins. Linear.
 *
 * Source: Thaler, Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", IEEE/ACM ToN 6(1), 1998; weights after
 * Schindelhauer, Schomaker, "Weighted Distributed Hash Tables", SPAA 2005.
 */
export function heaviest(
  key: KeyHash,
  seeds: Uint32Array,
  columns: EndpointColumns,
  { index, count }: Candidates,
  accepts: ((columns: EndpointColumns, endpoint: number) => boolean) | null,
): number {
  const high = key[0]!;
  const low = key[1]!;
  let best = -1;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let position = 0; position < count; position++) {
    const endpoint = index[position]!;
    if (accepts !== null && !accepts(columns, endpoint)) continue;
    const weight = columns.weight[endpoint]!;
    const drawn = uniform(high, low, seeds, endpoint);
    // ln(u) ≤ u − 1, so most are ruled out without a logarithm.
    if (drawn - 1 <= bestScore * weight) continue;
    const score = Math.log(drawn) / weight;
    if (score <= bestScore) continue;
    best = endpoint;
    bestScore = score;
  }
  return best;
}

/** Uniform in (0, 1), from a key's halves and an endpoint: murmur3's finalizer over both. */
function uniform(high: number, low: number, seeds: Uint32Array, endpoint: number): number {
  let x = Math.imul(low ^ seeds[endpoint * 2 + 1]!, 0x9e3779b1) ^ high ^ seeds[endpoint * 2]!;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (((x ^ (x >>> 16)) >>> 0) + 0.5) / 4_294_967_296;
}

function slotsFor(columns: EndpointColumns, { index, count }: Candidates, factorPercent: number): number {
  let inFlight = 0;
  let weight = 0;
  for (let position = 0; position < count; position++) {
    const endpoint = index[position]!;
    inFlight += columns.inFlight[endpoint]!;
    weight += columns.weight[endpoint]!;
  }
  return Math.ceil(((inFlight + 1) * factorPercent) / 100) / weight;
}
