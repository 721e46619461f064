/**
 * The compiled mesh: what the edge, the Durable Objects and the simulator run. Plain data, safe to pass as JSON; every
 * default is resolved, every reference is an index, every duration is in milliseconds. Made by src/config/compile.ts
 * and by nothing else. Field names follow the user's config (Gateway API for routes, Envoy for services).
 */
import type { Authentication } from "./mesh-authentication.ts";
import type { Authorization } from "./mesh-authorization.ts";
import type { MeshDiscovery } from "./mesh-discovery.ts";
import type { Guard } from "./mesh-guards.ts";
import type { NotificationTarget, ServiceHealing } from "./mesh-notifications.ts";
import type { OriginCredentialPlan } from "./mesh-origins.ts";
import type { RateLimit } from "./mesh-rate-limits.ts";
import type { RolloutPlan } from "./mesh-rollouts.ts";
import type { Automaton, Listener, Route, RoutePrecedence } from "./mesh-routes.ts";
import type { Service } from "./mesh-services.ts";
import type { TelemetrySettings } from "./mesh-telemetry.ts";

export type * from "./mesh-authentication.ts";
export type * from "./mesh-authorization.ts";
export type * from "./mesh-bounds.ts";
export type * from "./mesh-discovery.ts";
export type * from "./mesh-guards.ts";
export type * from "./mesh-health.ts";
export type * from "./mesh-notifications.ts";
export type * from "./mesh-origins.ts";
export type * from "./mesh-rate-limits.ts";
export type * from "./mesh-rollouts.ts";
export type * from "./mesh-routes.ts";
export type * from "./mesh-services.ts";
export type * from "./mesh-telemetry.ts";

export const MESH_FORMAT = 2;

export interface Mesh {
  readonly format: typeof MESH_FORMAT;
  /** First 16 hex digits of the SHA-256 of everything else but `compiledAtMs`. */
  readonly version: string;
  /** Epoch. Of two meshes, the one compiled later is in force. */
  readonly compiledAtMs: number;
  readonly services: readonly Service[];
  /** Never empty. */
  readonly listeners: readonly Listener[];
  readonly precedence: RoutePrecedence;
  readonly routes: readonly Route[];
  /** Distinct regular expressions; matches refer to them by index. */
  readonly automata: readonly Automaton[];
  /** Distinct request policies; rules refer to them by index, so that 1,000 alike rules cost one. */
  readonly policies: readonly RequestPolicy[];
  /** Absent: none. */
  readonly rollouts?: readonly RolloutPlan[];
  /** Distinct guards; rules refer to them by index. Absent: none. */
  readonly guards?: readonly Guard[];
  /** Who may be believed to be whom. Absent: nobody is asked. */
  readonly authentication?: Authentication;
  /** Who may do what. Absent: everybody everything. */
  readonly authorization?: Authorization;
  /** What guards count requests by. Absent: nothing is counted. */
  readonly rateLimits?: readonly RateLimit[];
  /** How the mesh proves to origins who it is. Absent: it does not. */
  readonly credentials?: readonly OriginCredentialPlan[];
  /** What sources of endpoints share. Absent: no clusters, and nothing allowed. */
  readonly discovery?: MeshDiscovery;
  /** Who is told of what happens. Absent: nobody. */
  readonly notifications?: readonly NotificationTarget[];
  /** What is called when something is out. Absent: nothing. */
  readonly selfHealing?: readonly ServiceHealing[];
  readonly edge: EdgeSettings;
  /** What is told of single requests. Absent: nothing. */
  readonly telemetry?: TelemetrySettings;
}

// ---- requests ------------------------------------------------------------------------------------------------------

/** How one request is carried to one service: the service's settings with the rule's overrides applied. */
export interface RequestPolicy {
  /** Covers all attempts and waits; 0 none. Default 15 s (Envoy). */
  readonly requestTimeoutMs: number;
  /** To the first byte of one attempt; 0 adaptive (from measured latency, between the two bounds). */
  readonly attemptTimeoutMs: number;
  readonly attemptTimeoutMinMs: number;
  readonly attemptTimeoutMaxMs: number;
  readonly retry: RetryPolicy;
  readonly hedge: HedgePolicy | null;
}

export interface RetryPolicy {
  /** Further attempts after the first; 0 off. Default 2. */
  readonly attempts: number;
  /** Answers to try again; default 500, 502, 503, 504. */
  readonly codes: readonly number[];
  readonly onConnectFailure: boolean;
  readonly onReset: boolean;
  readonly onTimeout: boolean;
  /** Upper case. Default GET, HEAD, OPTIONS, PUT, DELETE, TRACE; "*" for all. */
  readonly methods: readonly string[];
  /** Whether a request with an Idempotency-Key header may be retried whatever its method. Default true. */
  readonly idempotencyKey: boolean;
  /** Full-jitter exponential: random in [0, min(max, base·2^n)). Default 25 ms, 250 ms; the first retry to another endpoint is immediate. */
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  /** Waited before every retry, the first one elsewhere included, on top of what is drawn. Absent: 0. */
  readonly backoffMinMs?: number;
  /** A longer Retry-After is not waited for: the answer is passed on. Default 1 s. */
  readonly retryAfterMaxMs: number;
  /** Largest request body kept for a retry; larger ones stream once. Default 64 KiB. */
  readonly bufferBytes: number;
}

export interface HedgePolicy {
  /** Send a second attempt once the first took longer than this percentile of recent answers (50-99.9). */
  readonly percentile: number;
  /** Never sooner than this. Default 10 ms. */
  readonly minDelayMs: number;
  /** At most this share of requests is hedged, 0..100. Default 5. */
  readonly budgetPercent: number;
}

// ---- the edge --------------------------------------------------------------------------------------------------------

export interface EdgeSettings {
  /** Whether slashes in a row in a path are one. Default true. */
  readonly mergeSlashes: boolean;
  /** append: extend what came; replace: drop what came (untrusted); off: leave alone. Default replace. */
  readonly xForwarded: "append" | "replace" | "off";
  /** RFC 7239. Default off. */
  readonly forwarded: "append" | "replace" | "off";
  /** Add ourselves to Via, which also stops loops. Default true. */
  readonly via: boolean;
  /** Requests that passed this mesh more often are stopped. Default 3. */
  readonly maxHops: number;
  /** Send the remaining time to the endpoint in x-heddle-timeout-ms. Default true. */
  readonly timeoutHeader: boolean;
  /** Wait for a first snapshot in a cold isolate, at most. Default 50 ms. */
  readonly coldWaitMs: number;
  /** Bounds of the sync interval. Default 1 s and 5 s. */
  readonly syncMinMs: number;
  readonly syncMaxMs: number;
  /** Callers that may set time limits by headers; absent: nobody may. */
  readonly timeoutOverrides?: TimeoutOverrides;
}

export interface TimeoutOverrides {
  /** token: who sends the debug or the operator token in x-heddle-debug. anyone: every caller. */
  readonly from: "token" | "anyone";
  /** The longest time that may be asked for. */
  readonly maxMs: number;
}
