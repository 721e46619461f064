/**
 * Smooth weighted round robin in nginx's form: everyone's credit grows by its weight, the richest is picked and pays the
 * sum. Weights 5, 1, 1 give a a b a c a a and not five in a row.
 *
 * Random start: an isolate sees few requests, and thousands of isolates that all begin at the first endpoint make it the
 * busiest. So each begins at a random place of the cycle (a random number of picks is played through first) and breaks
 * ties in a random order of its own, which also keeps a failed endpoint's successor from getting all of its traffic.
 *
 * Credits are kept by endpoint, not by set: one that is out for a while keeps its place in the order.
 *
 * Source: nginx, ngx_http_upstream_round_robin.c.
 */
import type { Candidates, EndpointColumns, PolicyFactory } from "./policy.ts";
import { positionOf } from "./weight-table.ts";

/** Steps (picks × candidates) spent on the random start: about 0.1 ms, once. */
const START_STEPS = 32_768;
/** Ties are broken by differences this small, as a share of the weight. */
const JITTER = 1e-6;

/** Never throws. Linear in the candidates. */
export const roundRobinPolicy: PolicyFactory = (service, { rng }) => {
  const credit = Float64Array.from(service.endpoints, ({ weight }) => rng() * weight * JITTER);
  let started = false;

  function next(columns: EndpointColumns, { index, count }: Candidates): number {
    const { weight } = columns;
    let total = 0;
    let best = index[0]!;
    let most = Number.NEGATIVE_INFINITY;
    for (let position = 0; position < count; position++) {
      const endpoint = index[position]!;
      const own = weight[endpoint]!;
      const now = credit[endpoint]! + own;
      credit[endpoint] = now;
      total += own;
      if (now > most) {
        most = now;
        best = endpoint;
      }
    }
    credit[best]! -= total;
    return best;
  }

  return {
    memory: [credit],
    pick(columns, candidates) {
      if (candidates.count === 1) return candidates.index[0]!;
      if (!started) {
        started = true;
        const picks = Math.floor(rng() * Math.max(1, START_STEPS / candidates.count));
        for (let played = 0; played < picks; played++) next(columns, candidates);
      }
      return next(columns, candidates);
    },
    explain(columns, candidates, endpoint) {
      if (positionOf(candidates, endpoint) < 0) return { share: 0 };
      let total = 0;
      for (let at = 0; at < candidates.count; at++) total += columns.weight[candidates.index[at]!]!;
      return { share: columns.weight[endpoint]! / total };
    },
  };
};
