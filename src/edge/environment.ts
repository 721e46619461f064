/** What the edge is given by its deployment. Bindings that are missing switch a part off; nothing fails for want of one. */
import type { IssuedKeysCalls } from "../core/issued-keys.ts";
import type { Mesh } from "../core/mesh.ts";
import type { NonceCalls } from "../core/nonces.ts";
import type { Report, SyncReply } from "../core/protocol.ts";
import type { LeaseCall, LeaseReply } from "../core/rate-limit/lease/wire.ts";
import type { RolloutDescription } from "../core/rollout/description.ts";
import type { RolloutAction } from "../core/rollout/rollout.ts";

/** The calls the edge makes to a ServiceMonitor; the object's class has them. */
export interface MonitorCalls {
  sync(report: Report): Promise<SyncReply>;
}

export interface MeshConfigCalls {
  /** What is in force; null when nothing was ever applied. */
  head(): Promise<{ readonly digest: string; readonly compiledAtMs: number } | null>;
  /** The compiled text of a digest; null for one that is not kept. */
  text(digest: string): Promise<string | null>;
  put(
    mesh: Mesh,
  ): Promise<
    | { readonly ok: true; readonly version: string }
    | { readonly ok: false; readonly error: string; readonly detail: string }
  >;
}

export interface RateLimiterCalls {
  lease(call: LeaseCall): Promise<LeaseReply>;
}

export interface RolloutCalls {
  describe(): Promise<RolloutReplyValue>;
  operate(command: { readonly action: RolloutAction; readonly by?: string }): Promise<RolloutReplyValue>;
}

export type RolloutReplyValue =
  | { readonly ok: true; readonly description: RolloutDescription }
  | { readonly ok: false; readonly error: string; readonly detail: string };

/** The part of a Durable Object namespace that we use, typed by the calls and not by the class behind it. */
export interface ObjectsOf<Calls> {
  getByName(name: string, options?: { locationHint?: DurableObjectLocationHint }): Calls;
  /** Tells this deployment's object from that of another. Absent: nothing is kept under it. */
  idFromName?(name: string): { toString(): string };
}

export interface Environment {
  readonly SERVICE_MONITOR?: ObjectsOf<MonitorCalls>;
  readonly MESH_CONFIG?: ObjectsOf<MeshConfigCalls>;
  readonly ROLLOUT?: ObjectsOf<RolloutCalls>;
  /** Lends isolates parts of rate limits of scope global. Without it each does as `onFailure` says. */
  readonly RATE_LIMITER?: ObjectsOf<RateLimiterCalls>;
  /** By the name of a provider. Without it none of the keys that the control plane made is known. */
  readonly API_KEYS?: ObjectsOf<IssuedKeysCalls>;
  /** By provider and key. Without it signed requests of providers with `nonces` cannot be taken. */
  readonly NONCES?: ObjectsOf<NonceCalls>;
  /** Compiled meshes by digest, for isolates to load new versions from. Without it the config object is asked. */
  readonly MESH_KV?: { get(key: string): Promise<string | null> };
  /** "1": everybody may see how requests are routed, internal endpoints need no token. Never in production. */
  readonly HEDDLE_DEV?: string;
  /** Callers who send it in x-heddle-debug see the x-heddle-* response headers and `explain`. */
  readonly HEDDLE_DEBUG_TOKEN?: string;
  /** Bearer token for the internal endpoints that change something. */
  readonly HEDDLE_OPERATOR_TOKEN?: string;
  /**
   * Signs session tokens: 32 characters or more, e.g. `openssl rand -hex 32`. Several, separated by commas: the first
   * signs, all are believed. Without it nothing persists, and a mesh that asks for sessions is refused where another one
   * is in force.
   */
  readonly HEDDLE_SESSION_KEY?: string;
  /** Where OTLP/HTTP traces go when the mesh does not say. Secrets of its headers are named in the config, HEDDLE_OTLP_…. */
  readonly HEDDLE_OTLP_ENDPOINT?: string;
  /** Hashes the addresses of callers for logs and traces, where the config asks for that: 16 characters or more. */
  readonly HEDDLE_LOG_KEY?: string;
  /** An Analytics Engine dataset, for the data points that the config asks for. */
  readonly ANALYTICS?: {
    writeDataPoint(point: { blobs: string[]; doubles: number[]; indexes: [string] }): void;
  };
  /** Overrides the region told by the platform. */
  readonly HEDDLE_REGION?: string;
}
