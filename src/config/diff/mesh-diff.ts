/** What differs between two compiled meshes, as people say it. Plain data: it travels as JSON, and may be shown to anyone. */

export type ChangeKind = "added" | "removed" | "changed";
export type Changed =
  | "edge"
  | "telemetry"
  | "notifications"
  | "selfHealing"
  | "authentication"
  | "routing"
  | "discovery"
  | "credential"
  | "rateLimit"
  | "listener"
  | "service"
  | "endpoint"
  | "rollout"
  | "route";

export interface MeshDiff {
  /** Digests of the meshes; null: there was none before. */
  readonly from: string | null;
  readonly to: string;
  /** Settings of the edge first, then listeners, services with their endpoints, rollouts and routes. */
  readonly changes: readonly Change[];
  /** Share 0..1 of the present traffic that the changes touch together, at most. Absent: nobody asked. Null: unknown. */
  readonly trafficShare?: number | null;
}

export interface Change {
  readonly kind: ChangeKind;
  readonly what: Changed;
  /** "shop" for a service, "shop/aws" for an endpoint; "" for what there is one of. */
  readonly name: string;
  /** Where the config has it: "services.shop.endpoints.aws". */
  readonly path: string;
  /** In one line, what was added or removed; "" for what was changed. */
  readonly summary: string;
  /** Of a change only. */
  readonly fields: readonly FieldChange[];
  /** Services and routes that do otherwise from now on; the first MAX_NAMED. `all`: everything does. */
  readonly touches: {
    readonly all: boolean;
    readonly services: readonly string[];
    readonly serviceCount: number;
    readonly routes: readonly string[];
    readonly routeCount: number;
  };
  /** Share 0..1 of the present traffic that it touches, at most. Absent: nobody asked. Null: unknown. */
  readonly trafficShare?: number | null;
}

/** A setting, in the words of the config. Absent: it was, or is, not set. */
export interface FieldChange {
  /** From the top of the config: "services.shop.outlierDetection.consecutive5xx". */
  readonly path: string;
  readonly before?: Leaf;
  readonly after?: Leaf;
}

/** Durations are written as in the config; secrets are hidden. */
export type Leaf = string | number | boolean | null | readonly (string | number | boolean | null)[];

/** Names listed of what a change touches. More is counted. */
export const MAX_NAMED = 50;
