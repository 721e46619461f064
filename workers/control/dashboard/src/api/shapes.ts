/** What the control plane answers, as far as pages show it. Members that older or smaller deployments lack are optional. */
import type { ServiceProblem } from "../../../../../src/core/service-problem.ts";

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
  readonly missing?: readonly string[];
}

export type Scope = "read" | "operate" | "admin" | "register";

export interface Whoami {
  readonly name: string;
  readonly via: "token" | "access" | "bootstrap";
  readonly scopes: readonly Scope[];
  readonly services: readonly string[] | null;
  readonly expiresAtMs: number | null;
  readonly heddle: string;
}

export type HealthName = "unknown" | "healthy" | "unhealthy" | "not-ready" | "drained" | "disabled";
export type BreakerName = "closed" | "open" | "half-open";

export interface Minute {
  readonly rps: number;
  readonly successRatio: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export interface Counts {
  readonly total: number;
  readonly left: number;
  readonly serving: number;
  readonly open: number;
}

export interface ServiceSummary {
  readonly service: string;
  readonly meshVersion: string;
  readonly rps: number;
  readonly successRatio: number | null;
  readonly endpoints: Counts;
  readonly regions: readonly string[];
  readonly overrides: number;
}

export interface Locality {
  readonly cloud: string;
  readonly region: string;
  readonly zone: string;
}

export interface EndpointCheck {
  readonly kind: string;
  readonly type: string;
  readonly verdict: string;
  readonly against: number;
  readonly last: { readonly ok: boolean; readonly detail: string; readonly atMs: number } | null;
}

export interface EndpointInRegion {
  readonly region: string;
  readonly health: HealthName;
  readonly breaker: BreakerName;
  readonly openForMs: number;
  readonly probability: number;
  readonly inFlight: number;
  readonly latencyMs: number;
  readonly failureRatio: number;
  readonly minute: Minute | null;
  readonly checks?: readonly EndpointCheck[];
}

export interface EndpointState {
  readonly id: string;
  readonly address: string;
  readonly locality: Locality;
  readonly priority: number;
  readonly weight: number;
  readonly effectiveWeight: number;
  readonly health: HealthName;
  readonly breaker: BreakerName;
  readonly overrides: readonly string[];
  readonly leaving: boolean;
  readonly inFlight: number;
  readonly rps: number;
  readonly regions: readonly EndpointInRegion[];
}

export type Target = { readonly endpoint: string } | { readonly cloud: string; readonly region?: string };

export interface Override {
  readonly service: string;
  readonly id: string;
  readonly target: Target;
  readonly action: string;
  readonly percent: number;
  readonly atMs: number;
  readonly untilMs: number | null;
  readonly by: string;
  readonly reason: string;
  readonly state: string;
  readonly matches: number;
}

export interface ServiceState {
  readonly service: string;
  /** Absent: nobody could be asked. */
  readonly problems?: readonly ServiceProblem[];
  readonly meshVersion: string;
  readonly atMs: number;
  readonly rps: number;
  readonly successRatio: number | null;
  readonly counts: Counts;
  readonly endpoints: readonly EndpointState[];
  readonly overrides: readonly Override[];
  readonly regions: readonly {
    readonly region: string;
    readonly reporters: number;
    readonly meshVersion: string;
    readonly alone: boolean;
    readonly shards: number;
    readonly minute: Minute | null;
  }[];
  readonly missing: readonly string[];
}

/** From monitors (type, detail) or from the hub of events (severity, summary, cause). */
export interface MeshEvent {
  readonly id: string;
  readonly atMs: number;
  readonly type: string;
  readonly service?: string | null;
  readonly endpoint?: string | null;
  readonly region?: string | null;
  readonly detail?: string;
  readonly summary?: string;
  readonly severity?: "info" | "warning" | "critical";
  readonly cause?: Readonly<Record<string, string | number | boolean | null>>;
  /** Events of one key begin and end one condition. */
  readonly key?: string;
  readonly resolved?: boolean;
}

export interface AuditEntry {
  readonly id: number;
  readonly atMs: number;
  readonly kind: string;
  readonly actor: string;
  readonly via: string;
  readonly from: { readonly address: string; readonly country: string };
  readonly action: string;
  readonly target: string;
  readonly service: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly requestId: string;
}

export interface Source {
  readonly name: string;
  readonly kind: string;
  readonly state: "ok" | "failing" | "silent";
  readonly endpoints: number;
  readonly ready?: number;
  readonly goodAtMs: number | null;
  readonly error: string;
}

export interface DiscoveredService {
  readonly service: string;
  readonly sources: readonly Source[];
  readonly alarms: readonly { readonly type: string; readonly sinceMs: number; readonly detail: string }[];
}

export interface Cluster {
  readonly name: string;
  readonly isWatching: boolean;
  readonly streams: readonly unknown[];
}

export interface Registration {
  readonly instance: string;
  readonly url: string;
  readonly locality: Locality;
  readonly weight: number;
  readonly state: string;
  readonly load: number | null;
  readonly heartbeatAtMs: number;
  readonly registeredAtMs: number;
  readonly expiresAtMs: number;
  readonly challengeError?: string;
}

/** GET /v1/topology, and the live socket's `state`. */
export interface Topology {
  readonly atMs: number;
  readonly regions: readonly { readonly region: string; readonly rps: number; readonly reporters: number }[];
  readonly routes: readonly { readonly name: string; readonly services: readonly string[] }[];
  readonly services: readonly {
    readonly name: string;
    readonly health: string;
    readonly rps: number;
    readonly successRatio: number | null;
    readonly p50Ms: number | null;
    readonly p99Ms: number | null;
    readonly overrides: number;
    /** When its monitors answered last; null: never. */
    readonly askedMs: number | null;
    readonly missing: readonly string[];
    /** Absent: nobody could be asked. */
    readonly problems?: readonly ServiceProblem[];
    readonly endpoints: readonly {
      readonly id: string;
      readonly locality: Locality;
      readonly health: HealthName;
      readonly breaker: BreakerName;
      readonly rps: number;
      readonly share: number;
      readonly nextShare?: number;
      readonly p99Ms?: number | null;
    }[];
  }[];
  readonly flows: readonly {
    readonly from: string;
    readonly service: string;
    readonly endpoint: string;
    readonly rps: number;
    readonly successRatio: number | null;
  }[];
}

/** GET /v1/services/{service}/history, in columns. */
export interface History {
  readonly step: number | string;
  readonly atMs: readonly number[];
  readonly rps: readonly (number | null)[];
  readonly success: readonly (number | null)[];
  readonly p50Ms: readonly (number | null)[];
  readonly p90Ms?: readonly (number | null)[];
  readonly p99Ms: readonly (number | null)[];
  readonly endpoints: Readonly<
    Record<
      string,
      {
        readonly rps: readonly (number | null)[];
        readonly success?: readonly (number | null)[];
        readonly p99Ms?: readonly (number | null)[];
      }
    >
  >;
}

/** A request as an isolate or a monitor saw it. */
export interface Decision {
  readonly atMs: number;
  readonly service: string;
  readonly route: string;
  readonly method: string;
  readonly path: string;
  readonly region: string;
  readonly candidates: readonly {
    readonly id: string;
    readonly probability?: number;
    readonly cost?: number | null;
    readonly state?: string;
  }[];
  /** Whose answer was passed on; "" for none. */
  readonly winner: string;
  readonly attempts: readonly { readonly id: string; readonly outcome: string }[];
  readonly status: number;
  readonly latencyMs: number;
}

/** An origin of the local demo. */
export interface DemoOrigin {
  readonly name: string;
  readonly url: string;
  readonly fault: string;
  readonly isFaulty: boolean;
}
