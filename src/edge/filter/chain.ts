/** The filters that one request meets: its rule's, then those of the backend it goes to. */
import { modifiedPath } from "../../core/filter/modified-path.ts";
import type { HeaderModifier, Mirror, PathMatch, RouteFilters } from "../../core/mesh.ts";
import type { Address } from "../address.ts";

export interface FilterChain {
  readonly rule: RouteFilters | null;
  /** Null also before a backend was drawn. */
  readonly backend: RouteFilters | null;
}

/** What a chain changes on the way to an endpoint. Made once for a request that meets filters. */
export interface RequestPlan {
  readonly target: Address;
  /** Null when no headers are changed. */
  readonly modifiers: readonly HeaderModifier[] | null;
  readonly mirrors: readonly Mirror[];
  /** Indices into Mesh.credentials; null for none. */
  readonly credentials: readonly number[] | null;
  /** Those of the rule's filters. */
  readonly ruleCredentials: readonly number[] | null;
}

/** What is changed of a request to `address` whose path was `matched`. Never throws. */
export function planOf({ rule, backend }: FilterChain, address: Address, matched: PathMatch): RequestPlan {
  const modifiers = [rule?.requestHeaders ?? null, backend?.requestHeaders ?? null].filter((one) => one !== null);
  return {
    // A backend's rewrite takes the place of the rule's: both are said of the path that came.
    target: rewritten(address, backend?.rewrite ?? rule?.rewrite ?? null, matched),
    modifiers: modifiers.length === 0 ? null : modifiers,
    mirrors: [...(rule?.mirrors ?? []), ...(backend?.mirrors ?? [])],
    credentials: both(rule?.credentials, backend?.credentials),
    ruleCredentials: rule?.credentials ?? null,
  };
}

function both(rule: readonly number[] | undefined, backend: readonly number[] | undefined): readonly number[] | null {
  if (rule === undefined || backend === undefined) return rule ?? backend ?? null;
  return [...rule, ...backend];
}

function rewritten(address: Address, rewrite: RouteFilters["rewrite"], matched: PathMatch): Address {
  if (rewrite === null) return address;
  const { hostname, path } = rewrite;
  return {
    ...address,
    path: modifiedPath(address.path, path, matched),
    ...(hostname !== null && { authority: hostname, host: hostname }),
  };
}
