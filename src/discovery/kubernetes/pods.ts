/** The pods behind a Service: its slices put together, each pod once. */
import type { ServicePort, ServiceRecord, SliceEndpoint, SliceRecord } from "./records.ts";

/** `port`: what it listens on, by its slice. */
export interface Pod extends SliceEndpoint {
  readonly port: number;
}

/**
 * The port that a source means: by name, by number, or the first for "". Null when the Service has no such port. A Service
 * that lists no ports at all (headless ones may) goes by its slices.
 */
export function portOf(service: ServiceRecord, wanted: string): ServicePort | null {
  if (wanted === "") return service.ports[0] ?? { name: "", port: 0, nodePort: 0 };
  return service.ports.find(({ name, port }) => name === wanted || String(port) === wanted) ?? null;
}

/**
 * Puts slices together. An endpoint may be in two slices for a moment, and the pods of a dual-stack Service are in one slice
 * per family: one of a pod stays, a ready one first, then IPv4, then the lower address. While no pod of the Service is ready,
 * those that are on their way out but still serve count as ready, as kube-proxy has it (KEP-1669).
 *
 * - `port`: of the Service; slices without a port of that name have nothing to offer.
 *
 * Never throws. Sorted by address, so that the order of slices does not show.
 */
export function podsOf(slices: readonly SliceRecord[], port: ServicePort): readonly Pod[] {
  const pods = new Map<string, Pod>();
  for (const slice of slices) {
    const own = slice.ports.find(({ name }) => name === port.name) ?? (port.port === 0 ? slice.ports[0] : undefined);
    if (own === undefined) continue;
    for (const endpoint of slice.endpoints) {
      const key = endpoint.pod === "" ? `@${endpoint.address}` : endpoint.pod;
      const before = pods.get(key);
      const pod = { ...endpoint, port: own.port };
      if (before === undefined || isPreferred(pod, before)) pods.set(key, pod);
    }
  }
  const all = [...pods.values()].sort((a, b) => compare(a.address, b.address));
  if (all.some(({ ready }) => ready)) return all;
  return all.map((pod) => (pod.serving && pod.terminating ? { ...pod, ready: true } : pod));
}

function isPreferred(pod: Pod, before: Pod): boolean {
  if (pod.ready !== before.ready) return pod.ready;
  const [isV6, wasV6] = [pod.address.includes(":"), before.address.includes(":")];
  if (isV6 !== wasV6) return wasV6;
  return pod.address < before.address;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
