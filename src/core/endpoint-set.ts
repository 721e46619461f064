/**
 * The endpoints of a service whose endpoints are discovered: all of them, as of one revision. The registry of the service
 * makes it, its monitors hand it on, isolates swap it in whole. Until a first one is heard, the endpoints that the mesh
 * itself lists are in force.
 */
import type { Endpoint } from "./mesh.ts";

export interface EndpointSet {
  /** 1, 2, 3 …; a later one replaces an earlier one. Epoch milliseconds of its making will do, if they only ever rise. */
  readonly revision: number;
  /** Distinct ids. Never empty: a source that found nothing keeps what it had. */
  readonly endpoints: readonly Endpoint[];
  /**
   * Ids of endpoints that are about to go: as drained by an operator, they keep their sessions and get nothing new, though
   * everything else is out too. Absent: none.
   */
  readonly draining?: readonly string[];
}

/** An isolate or an object that has heard of no set runs this. */
export const NO_REVISION = 0;
