/** What a subset of a service has of its endpoints. */
import type { EndpointSet } from "../../core/endpoint-set.ts";

/**
 * The endpoints with all of these labels. None has them: those that had them before, all draining; null when there were none
 * then either.
 */
export function subsetOf(
  set: EndpointSet,
  labels: Readonly<Record<string, string>>,
  before: EndpointSet | null,
): EndpointSet | null {
  const wanted = Object.entries(labels);
  const endpoints = set.endpoints.filter((one) => wanted.every(([name, value]) => one.labels[name] === value));
  if (endpoints.length > 0) {
    const ids = new Set(endpoints.map(({ id }) => id));
    const draining = (set.draining ?? []).filter((id) => ids.has(id));
    return { revision: set.revision, endpoints, draining };
  }
  if (before === null) return null;
  return { revision: set.revision, endpoints: before.endpoints, draining: before.endpoints.map(({ id }) => id) };
}
