/**
 * The tables of a hash policy, one for each priority: built when first needed, over all endpoints of the priority with their
 * configured weights, and kept whatever is available.
 *
 * Only an operator's weight above the configured one builds another table, since no table gives an endpoint more keys than
 * were laid out for it. Weights are laid out in quarters of the configured weight, rounded up, so that a ramp builds a few
 * tables and not one a second; what was rounded up is thinned out as a warming endpoint's keys are (affinity.ts).
 */
import type { Service } from "../mesh.ts";
import type { Candidates, EndpointColumns } from "./policy.ts";
import { endpointsByPriority, type PriorityGroups } from "./priority-groups.ts";

/** Steps in which weights above the configured one are laid out, as a share of it. */
const STEP = 0.25;
/** Ratios of weights carry rounding; less than this above a step is on the step. */
const ROUNDING = 1e-9;

export interface HashTables<T> {
  readonly groups: PriorityGroups;
  /** By endpoint: the weights in force when its table was built. */
  readonly weights: Float64Array;
  /** The table for the candidates of one group. Constant time unless their epoch is new. */
  of(group: number, columns: EndpointColumns, candidates: Candidates): T;
}

/** `build`: makes a table from the ids and weights of a priority's endpoints. */
export function createHashTables<T>(
  service: Service,
  build: (ids: readonly string[], weights: readonly number[]) => T,
): HashTables<T> {
  const { endpoints } = service;
  const groups = endpointsByPriority(service);
  const weights = Float64Array.from(endpoints, ({ weight }) => weight);
  const tables: (T | undefined)[] = groups.members.map(() => undefined);
  const epochs = groups.members.map(() => 0);

  /** Whether other weights have to be laid out than were. */
  function layOut(members: readonly number[], columns: EndpointColumns): boolean {
    let changed = false;
    for (const e of members) {
      const configured = endpoints[e]!.weight;
      const steps = Math.ceil(columns.weight[e]! / configured / STEP - ROUNDING);
      const wanted = configured * Math.max(1, steps * STEP);
      changed ||= weights[e] !== wanted;
      weights[e] = wanted;
    }
    return changed;
  }

  return {
    groups,
    weights,
    of(group, columns, { epoch }) {
      const known = tables[group];
      if (known !== undefined && (epoch === epochs[group] || epoch === 0)) return known;
      epochs[group] = epoch;
      const members = groups.members[group]!;
      if (!layOut(members, columns) && known !== undefined) return known;
      const ids = members.map((e) => endpoints[e]!.id);
      const table = build(
        ids,
        members.map((e) => weights[e]!),
      );
      tables[group] = table;
      return table;
    },
  };
}
