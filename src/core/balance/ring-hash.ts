/**
 * Consistent hashing on Envoy's ring (ring.ts), with the endpoint's id as its key.
 *
 * One ring per priority over all of its endpoints, built at the first request that needs it (hash-tables.ts): when an
 * endpoint may not be used, its keys go on to the next point of another one, which is where a ring without it would have
 * them. So an ejection costs nothing and moves only the keys it must.
 */
import { createAffinityPolicy, endpointSeeds, heaviest } from "./affinity.ts";
import { createHashTables } from "./hash-tables.ts";
import type { PolicyFactory } from "./policy.ts";
import { buildRing, ringPosition } from "./ring.ts";
import { positionOf } from "./weight-table.ts";

/** Never throws. Logarithmic in the points, plus one step for each point of an endpoint that is out. */
export const ringHashPolicy: PolicyFactory = (service) => {
  const { minimumRingSize, maximumRingSize } = service.loadBalancing.hash;
  const seeds = endpointSeeds(service);
  const rings = createHashTables(service, (ids, weights) => buildRing(ids, weights, minimumRingSize, maximumRingSize));
  const { groupOf, members } = rings.groups;

  return createAffinityPolicy(service, seeds, {
    tableWeights: rings.weights,
    locate(key, columns, candidates) {
      const group = groupOf[candidates.index[0]!]!;
      const ring = rings.of(group, columns, candidates);
      const owners = members[group]!;
      const size = ring.host.length;
      let at = ringPosition(ring, key[0]!, key[1]!);
      for (let step = 0; step < size; step++) {
        const endpoint = owners[ring.host[at]!]!;
        if (positionOf(candidates, endpoint) >= 0) return endpoint;
        at = at + 1 === size ? 0 : at + 1;
      }
      return heaviest(key, seeds, columns, candidates, null);
    },
  });
};
