/**
 * What a request has to pass before anything is done for it. Part of the mesh (mesh.ts). A guard's steps are taken in
 * this order, each absent when nothing was asked for: bounds, authenticate, authorize, rate limits.
 */
import type { Authenticate } from "./mesh-authentication.ts";
import type { Authorize } from "./mesh-authorization.ts";
import type { Bounds } from "./mesh-bounds.ts";

/** Rules with the same guard share one, by index into `Mesh.guards`. */
export interface Guard {
  readonly bounds?: Bounds;
  readonly authenticate?: Authenticate;
  readonly authorize?: Authorize;
  /** Indices into Mesh.rateLimits; the first that refuses ends it. */
  readonly rateLimits?: readonly number[];
}
