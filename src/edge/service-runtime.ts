/** One service as an isolate runs it, and how another takes its place while requests run. */
import { type EndpointSet, NO_REVISION } from "../core/endpoint-set.ts";
import type { EdgeSettings, Service } from "../core/mesh.ts";
import { withEndpoints } from "../core/monitor/endpoints-in-force.ts";
import type { Region } from "../core/region.ts";
import type { Rng } from "../core/rng.ts";
import { inherit } from "../core/service-state/heir.ts";
import { createSyncSlot, type SyncSlot } from "../core/service-state/sync-slot.ts";
import { createServiceState, type ServiceState } from "../core/service-state.ts";
import { createTrafficSlot, type TrafficSlot } from "../core/traffic/columns.ts";
import { createTally, type Tally } from "../core/traffic/tally.ts";
import { credentialsOf, type EndpointCredentials, signedBodyBytes } from "../security/origin/endpoint-credentials.ts";
import type { OpenCredentials } from "../security/origin/open.ts";
import { createSampling, type Sampling } from "./decision-samples.ts";
import { type Classify, classifierOf } from "./extension/classifier.ts";
import type { Extensions } from "./extension/extensions.ts";
import { noteFault } from "./extension/fault-log.ts";
import { openTransport, type Transport } from "./transport.ts";

/** Whence the endpoints are: the mesh lists them, or a set did that came from the data centre's cache or from the object. */
export type EndpointSource = "mesh" | "colo" | "object";

/** Mutable. */
export interface Discovered {
  /** The mesh says that endpoints of the service are found, or that it is a part of one whose are. */
  readonly isDiscovered: boolean;
  /** Null: those that the mesh lists. */
  readonly set: EndpointSet | null;
  readonly source: EndpointSource;
  /** The last set that could not be taken, and why; revision 0: none. */
  refusedRevision: number;
  refusedReason: string;
  /** Epoch of the last writing of the set to the data centre's cache. */
  storedAtMs: number;
}

export interface ServiceRuntime {
  readonly state: ServiceState;
  /** Of the service, whichever runtime it has: numbers of reports go on. */
  readonly sync: SyncSlot;
  /** What was counted of its requests since the last report; of the service, whichever runtime it has. */
  readonly tally: Tally;
  /** Where the telling of it stands. */
  readonly traffic: TrafficSlot;
  /** Decisions sampled for people who look; of the service, whichever runtime it has. */
  readonly sampling: Sampling;
  readonly discovered: Discovered;
  /** Epoch until which attempts at an endpoint carry an abort signal, by endpoint index: it failed lately. */
  readonly cautionUntilMs: Float64Array;
  /** Epoch until which the bodies of an endpoint's answers are watched: it broke one lately. */
  readonly watchUntilMs: Float64Array;
  /** Epoch of the last request that could have been repeated elsewhere. */
  repeatableAtMs: number;
  /** Null: answers are judged by their status. */
  readonly classify: Classify | null;
  /** Null: the platform's fetch reaches every endpoint. */
  readonly transport: Transport;
  /** What its endpoints are sent to know the mesh by. Null: nothing, all of them. */
  readonly credentials: EndpointCredentials;
  /** Bodies up to so many bytes have to be read before they are sent, since somebody signs them; 0: nobody does. */
  readonly signedBodyBytes: number;
  /** A first snapshot came, or was waited for long enough; false again when another took this one's place. */
  warm: boolean;
  /** What took its place. Requests that began before go on here. Null: it is in force. */
  heir: ServiceRuntime | null;
}

/** What a runtime begins with besides what the mesh lists. */
export type FoundEndpoints = Pick<Discovered, "isDiscovered" | "set" | "source">;

const LISTED: FoundEndpoints = { isDiscovered: false, set: null, source: "mesh" };

export interface OpeningContext {
  readonly region: Region;
  readonly rng: Rng;
  readonly nowMs: number;
  readonly extensions: Extensions;
  readonly edge: EdgeSettings;
  /** Bindings of the Worker. */
  readonly env: object;
  readonly credentials: OpenCredentials;
}

/**
 * A runtime that has heard nothing.
 *
 * - `service`: as the mesh has it.
 * - `found`: the discovered endpoints, with what the mesh lists besides. Default the mesh's own only.
 *
 * Throws what a policy from code throws when it is made.
 */
export function createRuntime(
  service: Service,
  { extensions, env, credentials: open, ...context }: OpeningContext,
  { isDiscovered, set, source }: FoundEndpoints = LISTED,
): ServiceRuntime {
  const policies = {
    byName: extensions.policies,
    onFault: (name: string, fault: unknown) => noteFault(extensions.faults, `balancing policy "${name}"`, fault),
  };
  const own = withEndpoints(service, set);
  const credentials = credentialsOf(own, open);
  const size = own.endpoints.length;
  return {
    state: createServiceState({ service: own, ...context, policies }),
    sync: createSyncSlot(),
    tally: createTally(),
    traffic: createTrafficSlot(),
    sampling: createSampling(),
    discovered: { isDiscovered, set, source, refusedRevision: NO_REVISION, refusedReason: "", storedAtMs: 0 },
    cautionUntilMs: new Float64Array(size),
    watchUntilMs: new Float64Array(size),
    repeatableAtMs: 0,
    classify: classifierOf(service.outcomeClassifier, extensions),
    transport: openTransport(own, env),
    credentials,
    signedBodyBytes: signedBodyBytes(credentials),
    warm: false,
    heir: null,
  };
}

/**
 * What `heir` has to be like to take the place of `former`: it shares the exchange with the object and knows what is known of
 * endpoints that stayed. Requests that began at `former` finish there, and `heir` hears how. Linear in the endpoints.
 */
export function takeOver(heir: ServiceRuntime, former: ServiceRuntime, nowMs: number): ServiceRuntime {
  inherit(heir.state, former.state, nowMs);
  const { at } = former.state.heir!;
  for (const [endpoint, index] of at.entries()) {
    if (index < 0) continue;
    heir.cautionUntilMs[index] = former.cautionUntilMs[endpoint]!;
    heir.watchUntilMs[index] = former.watchUntilMs[endpoint]!;
  }
  const runtime: ServiceRuntime = {
    ...heir,
    sync: former.sync,
    tally: former.tally,
    traffic: former.traffic,
    sampling: former.sampling,
    repeatableAtMs: former.repeatableAtMs,
    warm: former.warm,
  };
  former.heir = runtime;
  former.warm = false;
  return runtime;
}

/** The runtime in force that took this one's place, or itself. */
export function latestOf(runtime: ServiceRuntime): ServiceRuntime {
  let latest = runtime;
  while (latest.heir !== null) latest = latest.heir;
  return latest;
}

/** Revision of the endpoints that it runs. */
export function revisionOf({ discovered }: ServiceRuntime): number {
  return discovered.set?.revision ?? NO_REVISION;
}
