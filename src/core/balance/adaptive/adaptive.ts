/**
 * The adaptive policy: draws from the probabilities that the object publishes, thinned by this isolate's own evidence.
 *
 * The drawing is rejection sampling: draw by the published probabilities (running sums, made once per snapshot), then
 * keep the draw with its own-evidence factor, else draw again. That gives exactly probability × factor, and computes the
 * factor for one endpoint per draw instead of for all. Only when several draws in a row were refused are all computed.
 *
 * Between two snapshots queues grow. When own answers from the drawn endpoint took longer than expected, a second one is
 * drawn the same way, and the one with less own delay is likelier to be taken: at most twice the published probability
 * goes anywhere, so the gain of this faster loop is bounded.
 *
 * Random, never the best: a snapshot is up to a second old and thousands of isolates read the same one.
 *
 * Without a fresh snapshot it is peak EWMA with the isolate's own breaker: what one isolate knows.
 */
import type { Candidates, EndpointColumns, PickInput, Policy, PolicyFactory } from "../policy.ts";
import { positionOf, search, shareAt, type WeightTable } from "../weight-table.ts";
import { alonePolicy } from "./alone.ts";
import { createDrawTables, drawTableOf } from "./draw-table.ts";
import { type AdaptiveColumns, costMs, moveProbability, ownDelayMs, ownEvidenceFactor } from "./own-evidence.ts";

/** Refused draws after which all factors are computed. */
const MAX_REFUSED = 6;
/** No candidate falls below this share of the best one: what is never tried is never known to be well again. */
const FLOOR_RATIO = 0.001;

/** Never throws. Constant time up to 16 candidates, else logarithmic; linear after several refused draws. */
export const adaptivePolicy: PolicyFactory = (service, context) => {
  const size = service.endpoints.length;
  const { failurePenaltyMs } = service.loadBalancing;
  const tables = createDrawTables(size);
  const weights = new Float64Array(size);
  const alone: Policy = alonePolicy(service, context);

  function pickShared(
    columns: EndpointColumns,
    own: AdaptiveColumns,
    candidates: Candidates,
    input: PickInput,
  ): number {
    const { nowMs, rng } = input;
    const table = drawTableOf(tables, own, columns.weight, candidates);
    const first = draw(columns, own, candidates, table, input);
    if (first < 0) return scan(columns, own, candidates, input);
    const firstDelay = ownDelayMs(own, first, nowMs);
    if (firstDelay <= 0) return first;
    const second = draw(columns, own, candidates, table, input);
    if (second < 0 || second === first) return first;
    const move = moveProbability(firstDelay, ownDelayMs(own, second, nowMs));
    return move > 0 && rng() < move ? second : first;
  }

  /** One endpoint in proportion to probability × factor; -1 after several refused draws. */
  function draw(
    columns: EndpointColumns,
    own: AdaptiveColumns,
    candidates: Candidates,
    table: WeightTable,
    { nowMs, rng }: PickInput,
  ): number {
    for (let refused = 0; refused < MAX_REFUSED; refused++) {
      const position = search(table, rng() * table.total);
      const endpoint = candidates.index[position]!;
      const share = shareAt(table, position);
      const factor = ownEvidenceFactor(columns, own, endpoint, share, failurePenaltyMs, nowMs);
      if (factor >= 1 || rng() < factor) return endpoint;
    }
    return -1;
  }

  function scan(columns: EndpointColumns, own: AdaptiveColumns, candidates: Candidates, input: PickInput): number {
    const { index, count } = candidates;
    const table = drawTableOf(tables, own, columns.weight, candidates);
    let most = 0;
    for (let at = 0; at < count; at++) {
      const share = shareAt(table, at);
      weights[at] = share * ownEvidenceFactor(columns, own, index[at]!, share, failurePenaltyMs, input.nowMs);
      if (weights[at]! > most) most = weights[at]!;
    }
    let total = 0;
    for (let at = 0; at < count; at++) {
      if (weights[at]! < FLOOR_RATIO * most) weights[at] = FLOOR_RATIO * most;
      total += weights[at]!;
    }
    let left = input.rng() * total;
    for (let at = 0; at < count - 1; at++) {
      left -= weights[at]!;
      if (left < 0) return index[at]!;
    }
    return index[count - 1]!;
  }

  return {
    memory: alone.memory!,
    pick(columns, candidates, input) {
      if (candidates.count === 1) return candidates.index[0]!;
      const own = columns.adaptive;
      if (own?.trusted !== true) return alone.pick(columns, candidates, input);
      return pickShared(columns, own, candidates, input);
    },
    onOutcome(endpoint, outcome) {
      alone.onOutcome?.(endpoint, outcome);
    },
    explain(columns, candidates, endpoint, nowMs) {
      const own = columns.adaptive;
      if (own?.trusted !== true) return alone.explain?.(columns, candidates, endpoint, nowMs) ?? {};
      const table = drawTableOf(tables, own, columns.weight, candidates);
      const cost = costMs(columns.latencyMs[endpoint]!, columns.failureRatio[endpoint]!, failurePenaltyMs);
      const asked = positionOf(candidates, endpoint);
      if (asked < 0) return { cost, share: 0 };
      let total = 0;
      let mine = 0;
      for (let at = 0; at < candidates.count; at++) {
        const share = shareAt(table, at);
        const weight = share * ownEvidenceFactor(columns, own, candidates.index[at]!, share, failurePenaltyMs, nowMs);
        total += weight;
        if (at === asked) mine = weight;
      }
      return { cost, share: mine / total };
    },
  };
};
