/**
 * Consistent hashing by Maglev's table (maglev-table.ts), with the endpoint's id as its key: one look-up per request, and
 * shares as even as the table is large.
 *
 * One table per priority over all of its endpoints, built at the first request that needs it (hash-tables.ts). Envoy builds
 * a new one when an endpoint is out, which also moves keys between the others; here its keys, and only they, are spread
 * over the rest by rendezvous.
 */
import { createAffinityPolicy, endpointSeeds, heaviest } from "./affinity.ts";
import { createHashTables } from "./hash-tables.ts";
import { buildMaglevTable } from "./maglev-table.ts";
import type { PolicyFactory } from "./policy.ts";
import { positionOf } from "./weight-table.ts";
import { remainder } from "./xxhash64.ts";

/** Never throws. Logarithmic in the candidates; linear for keys of an endpoint that is out. */
export const maglevPolicy: PolicyFactory = (service) => {
  const { tableSize } = service.loadBalancing.hash;
  const seeds = endpointSeeds(service);
  const tables = createHashTables(service, (ids, weights) => buildMaglevTable(ids, weights, tableSize));
  const { groupOf, members } = tables.groups;

  return createAffinityPolicy(service, seeds, {
    tableWeights: tables.weights,
    locate(key, columns, candidates) {
      const group = groupOf[candidates.index[0]!]!;
      const table = tables.of(group, columns, candidates);
      const endpoint = members[group]![table[remainder(key[0]!, key[1]!, tableSize)]!]!;
      return positionOf(candidates, endpoint) >= 0 ? endpoint : heaviest(key, seeds, columns, candidates, null);
    },
  });
};
