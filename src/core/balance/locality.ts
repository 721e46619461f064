/**
 * Nearest first, with spill-over by health.
 *
 * Endpoints of one priority form tiers by the distance of their region from this isolate's. Tiers share the traffic as
 * priorities do (priority.ts): the nearest takes all while its healthy share × overprovisioning covers it, then the rest
 * goes to the next. Inside a tier, localities (cloud, region, zone) share by Envoy's effective weight
 *
 *     weight of its endpoints × min(1, overprovisioning × available / configured)     weight with an operator's multiplier
 *
 * so that one dead endpoint burdens its own locality first; inside a locality, endpoints by weight, at random.
 *
 * "Configured" counts the service's endpoints of the priority; what is missing among the candidates is not available. For
 * a retry that includes the endpoints tried, which moves it outwards.
 *
 * Source: Envoy docs, load_balancing/{priority,locality_weight}.rst.
 */
import { groupLocalities, localityLoads } from "./locality-groups.ts";
import type { PolicyFactory } from "./policy.ts";
import { createWeightTables, drawPosition, positionOf, shareAt, weightTableOf } from "./weight-table.ts";

/** Never throws. Logarithmic in the candidates; linear for a new set of them. */
export const localityPolicy: PolicyFactory = (service, { region }) => {
  const groups = groupLocalities(service, region);
  const { overprovisioningPercent } = service.loadBalancing;
  const tables = createWeightTables(service.endpoints.length, (cumulative, weight, candidates) => {
    const share = localityLoads(groups, weight, candidates, overprovisioningPercent);
    let sum = 0;
    for (let position = 0; position < candidates.count; position++) {
      const endpoint = candidates.index[position]!;
      sum += share[groups.groupOf[endpoint]!]! * weight[endpoint]!;
      cumulative[position] = sum;
    }
    return false;
  });
  return {
    pick(columns, candidates, { rng }) {
      if (candidates.count === 1) return candidates.index[0]!;
      return candidates.index[drawPosition(weightTableOf(tables, columns.weight, candidates), rng)]!;
    },
    explain(columns, candidates, endpoint) {
      const cost = groups.distance[groups.groupOf[endpoint]!]!;
      const position = positionOf(candidates, endpoint);
      if (position < 0) return { cost, share: 0 };
      return { cost, share: shareAt(weightTableOf(tables, columns.weight, candidates), position) };
    },
  };
};
