/** One request on its way to one service: everything its attempts have in common. Made once per request. */
import type { HeaderModifier, PathMatch, RequestPolicy } from "../core/mesh.ts";
import type { OutcomeClass } from "../core/outcome.ts";
import type { OriginCredential } from "../security/origin/credential.ts";
import type { Address } from "./address.ts";
import type { Isolate, OpenMesh } from "./isolate.ts";
import type { RequestBody } from "./request-body.ts";
import type { ServiceRuntime } from "./service-runtime.ts";
import type { SessionOnItsWay } from "./session/session.ts";
import type { RequestTrace } from "./telemetry/request-trace.ts";

export interface Carried {
  readonly request: Request;
  /** The request's, and so is all that is kept here: each look at a request is a call into the platform. */
  readonly method: string;
  /** As it was asked for. */
  readonly address: Address;
  /** As endpoints are asked: the same, unless a filter rewrote it. */
  readonly target: Address;
  readonly isolate: Isolate;
  /** The mesh that the request began with. */
  readonly open: OpenMesh;
  readonly service: ServiceRuntime;
  /** The service that the rule's backend named; `service` is another one on the way down the fallbacks. */
  readonly chosen: ServiceRuntime;
  readonly policy: RequestPolicy;
  readonly ctx: ExecutionContext;
  /** The downstream's address, "" when the platform does not say. */
  readonly clientIp: string;
  /** Made from the downstream's headers once, sent with every attempt. */
  readonly headers: Headers;
  /** Headers from secrets that filters set, put on every attempt before its endpoint's own; null for none. */
  readonly credentials: readonly OriginCredential[] | null;
  /** Those of them that the rule's filters set: a backend's are for nobody else, its fallbacks included. */
  readonly ruleCredentials: readonly OriginCredential[] | null;
  readonly body: RequestBody;
  /** Sending it twice is allowed. */
  readonly repeatable: boolean;
  readonly hashKey: string;
  /** Null where the rule keeps none, and on the way to a fallback: sessions stay with their rule's backends. */
  readonly session: SessionOnItsWay | null;
  readonly requestClass: string;
  /** What the mesh says in headers; null for nothing. */
  readonly said: readonly HeaderModifier[] | null;
  /** The caller may see how the request was routed. */
  readonly visible: boolean;
  /** The caller proved who they are: what they are answered is for nobody else. */
  readonly isPersonal: boolean;
  readonly routeName: string;
  readonly ruleName: string;
  /** What the route looked at of the path. */
  readonly matchedPath: PathMatch;
  /** Null: the request is not traced. */
  readonly trace: RequestTrace | null;
  /** The rollout and its side, as x-heddle-rollout says it; "" without one. */
  readonly rollout: string;
  /** Epoch of the request's arrival, before its body was read. */
  readonly arrivedAtMs: number;
  readonly startedAtMs: number;
  /** Epoch by which the downstream must have an answer's head; Infinity for none. Moves while a body streams up. */
  deadlineMs: number;
  /** Endpoints attempted so far, in order; null before the first one failed. */
  tried: number[] | null;
  /** What became of the attempts before the current one, for those who may see it. */
  readonly trail: TrailEntry[];
  /** An attempt was made after which the request may have been carried out. */
  mayHaveArrived: boolean;
  /** Services left behind on the way down the fallbacks. */
  readonly depth: number;
}

export interface TrailEntry {
  readonly endpoint: string;
  readonly outcome: OutcomeClass;
}

export function endpointId(carried: Carried, endpoint: number): string {
  return carried.service.state.service.endpoints[endpoint]!.id;
}

/** Writes down an attempt that brought no answer to pass on: the next one goes elsewhere. */
export function noteTried(carried: Carried, endpoint: number, outcome: OutcomeClass): void {
  carried.trail.push({ endpoint: endpointId(carried, endpoint), outcome });
  if (carried.tried === null) carried.tried = [endpoint];
  else carried.tried.push(endpoint);
}
