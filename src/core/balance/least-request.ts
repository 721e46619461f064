/**
 * Fewest requests in flight, in Envoy's two forms.
 *
 * Equal weights: of `choiceCount` candidates drawn with replacement, the one with the fewest. With replacement the busier
 * of two endpoints still gets a quarter: that is what keeps thousands of isolates that read the same, second-old number
 * from all going to the same one.
 *
 * Unequal weights: weighted round robin (edf.ts) by weight / (active + 1)^activeRequestBias, read at every pick.
 *
 * In flight means over all isolates, as far as the snapshot knows; our own are exact. An origin that fails fast has
 * little in flight; so in proportion to its failures it counts as busy as the others, times the requests it needs per
 * answer (failure-cost.ts).
 *
 * Source: Envoy docs, load_balancers.rst, "Weighted least request"; Mitzenmacher, "The Power of Two Choices in
 * Randomized Load Balancing", IEEE TPDS 12(10), 2001.
 */
import { createEdf, type Edf, earliest, fillEdf, putBack } from "./edf.ts";
import { wastedPerAnswer } from "./failure-cost.ts";
import type { Candidates, EndpointColumns, PolicyFactory } from "./policy.ts";
import { createWeightTables, search, weightTableOf } from "./weight-table.ts";

interface Schedule {
  epoch: number;
  readonly edf: Edf;
}

/** Epochs that keep their schedule at once; traffic over priorities alternates between them. */
const SCHEDULES = 4;

/** How fast the idea of "as busy as the others" follows the endpoints drawn. */
const TYPICAL_GAIN = 1 / 16;

/** Never throws. Constant time for equal weights, logarithmic for unequal ones; linear for a retry's candidates. */
export const leastRequestPolicy: PolicyFactory = (service, { rng: startRng }) => {
  const size = service.endpoints.length;
  const { activeRequestBias } = service.loadBalancing;
  const choices = Math.max(2, service.loadBalancing.choiceCount);
  const tables = createWeightTables(size);
  const schedules: Schedule[] = [];
  const sums = { count: 0, cumulative: new Float64Array(size) };
  let replaced = 0;
  let typical = 0;

  function loadOf(columns: EndpointColumns, endpoint: number): number {
    const active = columns.inFlight[endpoint]!;
    const ratio = columns.failureRatio[endpoint]!;
    if (!(ratio > 0)) return active + 1;
    return (Math.max(active, typical * ratio) + 1) * (1 + wastedPerAnswer(ratio));
  }

  function weightOf(columns: EndpointColumns, endpoint: number): number {
    const load = loadOf(columns, endpoint);
    return columns.weight[endpoint]! / (activeRequestBias === 1 ? load : load ** activeRequestBias);
  }

  function scheduleOf(columns: EndpointColumns, candidates: Candidates): Edf {
    for (const schedule of schedules) if (schedule.epoch === candidates.epoch) return schedule.edf;
    let schedule = schedules[replaced];
    if (schedule === undefined) {
      schedule = { epoch: 0, edf: createEdf(size) };
      schedules.push(schedule);
    }
    replaced = (replaced + 1) % SCHEDULES;
    schedule.epoch = candidates.epoch;
    fillEdf(schedule.edf, candidates.count, (entry) => weightOf(columns, candidates.index[entry]!), startRng);
    return schedule.edf;
  }

  return {
    pick(columns, candidates, { rng }) {
      const { index, count, epoch } = candidates;
      if (count === 1) return index[0]!;
      if (weightTableOf(tables, columns.weight, candidates).equal) {
        let best = index[Math.floor(rng() * count)]!;
        typical += (columns.inFlight[best]! - typical) * TYPICAL_GAIN;
        for (let drawn = 1; drawn < choices; drawn++) {
          const next = index[Math.floor(rng() * count)]!;
          if (next !== best && loadOf(columns, next) < loadOf(columns, best)) best = next;
        }
        return best;
      }
      if (epoch !== 0) {
        const edf = scheduleOf(columns, candidates);
        const endpoint = index[earliest(edf)]!;
        typical += (columns.inFlight[endpoint]! - typical) * TYPICAL_GAIN;
        putBack(edf, weightOf(columns, endpoint));
        return endpoint;
      }
      let total = 0;
      for (let position = 0; position < count; position++) {
        total += weightOf(columns, index[position]!);
        sums.cumulative[position] = total;
      }
      sums.count = count;
      return index[search(sums, rng() * total)]!;
    },
    explain: (columns, _candidates, endpoint) => ({ cost: loadOf(columns, endpoint) / columns.weight[endpoint]! }),
  };
};
