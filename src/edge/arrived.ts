import type { Bounds, HeaderModifier } from "../core/mesh.ts";
import type { Principal } from "../core/principal.ts";
import type { RouteMatchResult } from "../core/route/table.ts";
import type { Address } from "./address.ts";
import type { Isolate, OpenMesh } from "./isolate.ts";
import type { RequestBody } from "./request-body.ts";

/** A request for which a rule was found, before anything else was done with it. Made once per request. */
export interface Arrived {
  readonly request: Request;
  readonly address: Address;
  /** Its Via header, null when absent or when nobody asks. */
  readonly via: string | null;
  readonly isolate: Isolate;
  /** The mesh that the request began with; another may be in force before it ends. */
  readonly open: OpenMesh;
  readonly matched: RouteMatchResult;
  readonly ctx: ExecutionContext;
  readonly arrivedAtMs: number;
  /** The rollout and the side that were chosen, as x-heddle-rollout says it; absent without one. */
  readonly rollout?: string;
  /** What its body may be like, where a guard says so; absent: as it likes. */
  readonly bodyBounds?: Bounds;
  /** Its body, where a step of the guard had to read it, and the request that has it: a filter may put another one in its place. */
  readonly read?: { readonly of: Request; readonly body: Extract<RequestBody, { readonly kind: "buffered" }> };
  /** Who it is from. Absent: the rule asks nobody. */
  readonly principal?: Principal;
  /** An authorizer was asked about the caller, by whatever it looks at. */
  readonly isVouched?: true;
  /** What the guard does to the headers that go to endpoints: credentials out, claims in. Absent: nothing. */
  readonly imposed?: HeaderModifier;
}
