/** What a registry's RPC methods answer, and the methods as callers see them. Expected refusals are values, never thrown. */
import type { PoolAlarm } from "../../src/discovery/registry/pool.ts";
import type { RequestFault } from "../../src/discovery/registry/request.ts";
import type { SourceResult } from "../../src/discovery/source.ts";
import type { UnopenedRows } from "../../src/security/at-rest/row-seal.ts";

type Refused<E extends string> = { readonly ok: false; readonly error: E; readonly detail: string };

/** Instances may not register with the service; or the mesh in force can not be asked for, and it is not known. */
export type NotRegistrable = Refused<"not_enabled" | "unavailable">;
/** The registry does not know the instance: it has to register again. */
export type UnknownInstance = Refused<"unknown_instance">;
/** Another registration has taken the name over: who holds this lease is not that one. */
export type Superseded = Refused<"superseded">;
export type InvalidRequest = Refused<"invalid_request"> & { readonly faults: readonly RequestFault[] };

/**
 * serving: takes requests. held: expired, but the floor keeps it. draining: keeps its sessions, gets nothing new. pending: will
 * be taken in within a second or so. challenged: waits for the answer to a challenge. damped: came and went too often.
 * not-ready: says so itself.
 */
export type RegistrationState = "serving" | "held" | "draining" | "pending" | "challenged" | "damped" | "not-ready";

export interface RegistrationView {
  readonly instance: string;
  readonly url: string;
  readonly locality: { readonly cloud: string; readonly region: string; readonly zone: string };
  readonly weight: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly ready: boolean;
  readonly state: RegistrationState;
  /** Utilisation that it told lately; null unknown. */
  readonly load: number | null;
  readonly ttlMs: number;
  /** How often it should say that it is there. */
  readonly heartbeatMs: number;
  readonly registeredAtMs: number;
  readonly heartbeatAtMs: number;
  readonly expiresAtMs: number;
  /** Why the last challenge was not passed; absent: none is open. */
  readonly challengeError?: string;
}

export type RegisterReply =
  | { readonly ok: true; readonly registration: RegistrationView; readonly lease: string; readonly isNew: boolean }
  | NotRegistrable
  | InvalidRequest
  | Refused<"too_many">;

export type InstanceReply =
  | { readonly ok: true; readonly registration: RegistrationView }
  | NotRegistrable
  | UnknownInstance
  | Superseded
  | InvalidRequest;

export type DeregisterReply = { readonly ok: true } | UnknownInstance | Superseded;

export interface ListReply {
  readonly items: readonly RegistrationView[];
  /** Pass it as `after` for more; null: that was all. */
  readonly next: string | null;
}

export interface SourceView {
  readonly name: string;
  readonly kind: string;
  /** ok: its last word was an answer. failing: its last answer is in force. silent: it has not been heard yet. */
  readonly state: "ok" | "failing" | "silent";
  readonly endpoints: number;
  readonly ready: number;
  /** When its answer was true; null: it never gave one. */
  readonly goodAtMs: number | null;
  readonly error: string;
  readonly failures: number;
  /** Endpoints left out, as they must not be used, and why the first one was. */
  readonly refused: number;
  readonly refusal: string;
}

export interface SourcesReply {
  readonly service: string;
  /** False: the mesh says nothing of discovery for the service. */
  readonly isDiscovered: boolean;
  readonly meshVersion: string;
  readonly sources: readonly SourceView[];
  readonly alarms: readonly PoolAlarm[];
  /** What monitors are told; null: nothing was ever found. */
  readonly set: {
    readonly revision: number;
    readonly endpoints: number;
    readonly available: number;
    readonly draining: number;
    readonly held: number;
  } | null;
  readonly monitors: { readonly told: readonly string[]; readonly untold: readonly string[]; readonly error: string };
}

export interface Leased {
  /** As a registration gave it; absent: whoever has the name. */
  readonly lease?: string;
}

/** The methods of `Registry`. The object's name is the service's. */
export interface RegistryCalls {
  /** `value`: {url, locality?, weight?, labels?, ttl? | ttlMs?, ready?, load?}. Durable when answered. */
  register(instance: string, value: unknown): Promise<RegisterReply>;
  /** `value`: {load?, ready?, lease?}, or nothing. Kept in memory. */
  heartbeat(instance: string, value?: unknown): Promise<InstanceReply>;
  setReadiness(instance: string, ready: boolean, by?: Leased): Promise<InstanceReply>;
  /** Durable when answered; the monitors are told at once. */
  deregister(instance: string, by?: Leased): Promise<DeregisterReply>;
  /** In the order of names. `limit`: 1..1000, default 100. */
  list(query?: { readonly after?: string; readonly limit?: number }): Promise<ListReply>;
  read(instance: string): Promise<RegistrationView | null>;
  sources(): Promise<SourcesReply>;
  /** What a source that tells by itself has to say. False: the config has no such source. */
  offer(source: string, result: SourceResult): Promise<boolean>;
  /** Rows that HEDDLE_STORAGE_KEY opens no more. */
  unopened(): Promise<UnopenedRows>;
  /** Looks at the mesh in force: call it when that has changed. */
  refresh(): Promise<{ readonly isDiscovered: boolean }>;
}
