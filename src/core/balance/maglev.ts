/**
 * Consistent hashing by Maglev's table (maglev-table.ts), with the endpoint's id as its key: one look-up per request, and
 * shares as even as the table is large.
 *
 * One table per priority over all of its endpoints, built at the first request that needs it and never again. Envoy builds
 * a new one when an endpoint is out, which also moves keys between the others; here its keys, and only they, are spread
 * over the rest by rendezvous.
 */
import { createAffinityPolicy, endpointSeeds, heaviest } from "./affinity.ts";
import { buildMaglevTable } from "./maglev-table.ts";
import type { PolicyFactory } from "./policy.ts";
import { endpointsByPriority } from "./priority-groups.ts";
import { positionOf } from "./weight-table.ts";
import { remainder } from "./xxhash64.ts";

/** Never throws. Logarithmic in the candidates; linear for keys of an endpoint that is out. */
export const maglevPolicy: PolicyFactory = (service) => {
  const { endpoints, loadBalancing } = service;
  const { tableSize } = loadBalancing.hash;
  const seeds = endpointSeeds(service);
  const { groupOf, members } = endpointsByPriority(service);
  const tables: (Uint16Array | undefined)[] = members.map(() => undefined);

  function tableOf(group: number): Uint16Array {
    const ids = members[group]!.map((endpoint) => endpoints[endpoint]!.id);
    const weights = members[group]!.map((endpoint) => endpoints[endpoint]!.weight);
    const table = buildMaglevTable(ids, weights, tableSize);
    tables[group] = table;
    return table;
  }

  return createAffinityPolicy(service, seeds, {
    ignoresWeight: true,
    locate(key, columns, candidates) {
      const group = groupOf[candidates.index[0]!]!;
      const table = tables[group] ?? tableOf(group);
      const endpoint = members[group]![table[remainder(key[0]!, key[1]!, tableSize)]!]!;
      return positionOf(candidates, endpoint) >= 0 ? endpoint : heaviest(key, seeds, columns, candidates, null);
    },
  });
};
