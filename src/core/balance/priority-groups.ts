/** Which endpoints share a priority: what the hash tables are built over. */
import type { Service } from "../mesh.ts";

export interface PriorityGroups {
  /** By endpoint: number of its group. */
  readonly groupOf: Uint16Array;
  /** By group, the best priority first: its endpoints, ascending. */
  readonly members: readonly (readonly number[])[];
}

/** Groups a service's endpoints by priority. Never throws. */
export function endpointsByPriority({ endpoints }: Service): PriorityGroups {
  const priorities = [...new Set(endpoints.map(({ priority }) => priority))].sort((a, b) => a - b);
  const groupOf = Uint16Array.from(endpoints, ({ priority }) => priorities.indexOf(priority));
  const members: number[][] = priorities.map(() => []);
  groupOf.forEach((group, endpoint) => {
    members[group]!.push(endpoint);
  });
  return { groupOf, members };
}
