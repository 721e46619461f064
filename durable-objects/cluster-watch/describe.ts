/** What a watched cluster says of itself, for people. Holds no token and no object. */
import { describeFault } from "../../src/discovery/kubernetes/fault.ts";
import type { Inventory, StreamKey } from "../../src/discovery/kubernetes/inventory.ts";
import { indexSlices, project } from "../../src/discovery/kubernetes/project.ts";
import type { Stream } from "../../src/discovery/kubernetes/stream.ts";
import type { Follower, Watched } from "./follow.ts";

export interface ClusterDescription {
  readonly name: string;
  /** "": no service follows it. */
  readonly apiServer: string;
  readonly tokenSecret: string;
  readonly isWatching: boolean;
  readonly services: number;
  readonly endpointSlices: number;
  readonly streams: readonly StreamDescription[];
  readonly followers: readonly FollowerDescription[];
}

export interface StreamDescription {
  readonly resource: string;
  /** "": all. */
  readonly namespace: string;
  readonly isSynced: boolean;
  /** Epoch; 0: never. */
  readonly heardAtMs: number;
  readonly failures: number;
  readonly error: string;
  /** Epoch, of the next request after a failure; 0 else. */
  readonly nextMs: number;
}

export interface FollowerDescription {
  readonly service: string;
  readonly source: string;
  readonly endpoints: number;
  readonly ready: number;
  /** What was left out, and why. */
  readonly notes: readonly string[];
  /** Epoch; 0: not since the object woke up. */
  readonly toldAtMs: number;
}

export interface Known {
  readonly name: string;
  readonly watched: Watched | null;
  readonly isWatching: boolean;
  readonly streams: readonly { readonly key: StreamKey; readonly stream: Stream }[];
  readonly inventory: Inventory;
  readonly followers: ReadonlyMap<string, Follower>;
  readonly toldAtMs: (service: string, source: string) => number;
}

export function describeCluster(known: Known): ClusterDescription {
  const { name, watched, isWatching, streams, inventory, followers, toldAtMs } = known;
  const slices = indexSlices(inventory);
  return {
    name,
    apiServer: watched?.cluster.apiServer ?? "",
    tokenSecret: watched?.cluster.tokenSecret ?? "",
    isWatching,
    services: inventory.services.size,
    endpointSlices: inventory.endpointslices.size,
    streams: streams.map(({ key, stream }) => ({
      ...key,
      isSynced: stream.isSynced,
      heardAtMs: stream.heardAtMs,
      failures: stream.failures,
      error: stream.fault === null ? "" : describeFault(stream.fault, key),
      nextMs: stream.dueMs,
    })),
    followers: [...followers].flatMap(([service, { sources }]) =>
      sources.map((source): FollowerDescription => {
        const { found, notes } =
          watched === null ? { found: [], notes: [] } : project(watched.cluster, source, inventory, slices);
        const ready = found.filter((one) => one.ready).length;
        const told = toldAtMs(service, source.name);
        return { service, source: source.name, endpoints: found.length, ready, notes, toldAtMs: told };
      }),
    ),
  };
}
