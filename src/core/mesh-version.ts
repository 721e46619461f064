/**
 * What is said about versions of the config: between the object that keeps them (durable-objects/mesh-config), the control
 * plane that makes them, and the monitors and isolates that run them. Plain data; every answer is a tagged union.
 *
 * Three things are called a version elsewhere and have one name each here: the *number* 1, 2, 3 … of an accepted config,
 * the *digest* of what it compiles to (`Mesh.version`), and the time `compiledAtMs` by which meshes are ordered. A rollback
 * has a new number and a later time, and the digest of the content it goes back to: whoever runs that digest already
 * has nothing to load, but takes the later time, or a late copy of what was rolled back would pass for newer.
 */
import type { Mesh } from "./mesh.ts";
import type { MeshOutline } from "./mesh-outline.ts";
import type { MeshSlice } from "./monitor/mesh-slice.ts";

/** Name of the one MeshConfig object. */
export const MESH_CONFIG_NAME = "mesh";

/** Nothing was applied yet: the mesh that was bundled at deploy is in force. */
export const NO_CONFIG = 0;

export type VersionKind = "apply" | "rollback" | "guard-rollback";

/** Where the compiled text of a digest is in KV. Written once, before its version is announced; never changed. */
export function meshKey(digest: string): string {
  return `mesh/${digest}`;
}

/** A version of the config, without its content. */
export interface VersionMeta {
  /** 1, 2, 3 … */
  readonly version: number;
  /** `Mesh.version`. Versions of the same content have the same. */
  readonly digest: string;
  /** `Mesh.compiledAtMs` as it was accepted: later than that of every version before. */
  readonly compiledAtMs: number;
  readonly atMs: number;
  /** "" where nobody signed: put by an edge's internal endpoint. */
  readonly author: string;
  readonly message: string;
  readonly kind: VersionKind;
  /** The version whose content this is. A rollback's only. */
  readonly of?: number;
  /** Of the compiled text, UTF-8. */
  readonly bytes: number;
  readonly pinned: boolean;
  /** Absent: it was not guarded. */
  readonly guard?: GuardStatus;
}

export interface GuardStatus {
  /** `ended`: neither passed nor failed, since another version took over, or hardly an isolate ran it. */
  readonly state: "watching" | "passed" | "rolled-back" | "ended";
  readonly untilMs: number;
  /** The version to go back to. */
  readonly fallback: number;
  /** What was seen, for people; "" while nothing was. */
  readonly reason: string;
}

/** What the user wrote. */
export interface ConfigSource {
  readonly text: string;
  readonly format: "yaml" | "json";
}

export interface ApplyRequest {
  /** Compiled from `source`; its digest has to be right. `compiledAtMs` is set on acceptance. */
  readonly mesh: Mesh;
  readonly source: ConfigSource;
  /** Number of the version it was based on; 0 for the first. */
  readonly base: number;
  readonly author: string;
  readonly message: string;
  /** Watch it for so long and go back by itself. Absent: no guard. 10 s to 1 h. */
  readonly guardMs?: number;
}

export interface RollbackRequest {
  /** Number of the version whose content is wanted. */
  readonly to: number;
  /** Absent: whatever is in force. */
  readonly base?: number;
  readonly author: string;
  readonly message: string;
}

export interface PinRequest {
  readonly version: number;
  readonly pinned: boolean;
  readonly author: string;
}

/**
 * Why a version was not made.
 *
 * - `stale`: another version is in force than the one it was based on; `current` says which.
 * - `unchanged`: it compiles to what is in force.
 * - `guarding`: the version in force is being watched, and this one brings no guard of its own.
 * - `newer_storage`: a later version of the code has written the store; this one leaves it alone.
 */
export type ApplyError =
  | "stale"
  | "invalid_request"
  | "invalid_mesh"
  | "too_large"
  | "unchanged"
  | "guarding"
  | "unknown_version"
  | "newer_storage";

export type ApplyReply =
  | { readonly ok: true; readonly version: VersionMeta }
  | {
      readonly ok: false;
      readonly error: ApplyError;
      readonly detail: string;
      readonly current: VersionMeta | null;
    };

export type PinReply =
  | { readonly ok: true; readonly version: VersionMeta }
  | {
      readonly ok: false;
      readonly error: "unknown_version" | "too_many_pins" | "invalid_request" | "newer_storage";
      readonly detail: string;
    };

/** A version with its content. */
export interface StoredVersion {
  readonly meta: VersionMeta;
  /** Null where none was given: put by an edge's internal endpoint. */
  readonly source: ConfigSource | null;
  /** Why the source that is kept cannot be read; `source` is null then. Absent: it can, or there is none. */
  readonly sealed?: string;
  readonly mesh: Mesh;
}

export interface SubscribeRequest {
  /** The monitor's own name. Its service is read from it. */
  readonly monitor: string;
  /** Digest and time of the mesh it runs. */
  readonly digest: string;
  readonly compiledAtMs: number;
}

export type SubscribeReply =
  | {
      readonly ok: true;
      /** Null: what it runs is in force, or nothing was ever applied. */
      readonly slice: MeshSlice | null;
      /** Subscribe again after so long, or be forgotten after some times as much. */
      readonly againMs: number;
    }
  | { readonly ok: false; readonly error: "invalid_request"; readonly detail: string };

/** An isolate was offered a mesh and could not run it. */
export interface MeshRefusal {
  /** Of the mesh. */
  readonly digest: string;
  /** The isolate. */
  readonly reporter: string;
  readonly reason: string;
}

export interface RefusedVersion {
  readonly digest: string;
  /** Numbers of the versions with that digest; the latest last. */
  readonly versions: readonly number[];
  /** Distinct isolates, as far as they are counted. */
  readonly isolates: number;
  /** Each distinct reason with its isolates, most first. */
  readonly reasons: readonly { readonly reason: string; readonly isolates: number }[];
  readonly lastAtMs: number;
}

/** The object that keeps the versions, as its callers see it. */
export interface MeshConfigRpc {
  /** Makes a version if `base` is in force. Durable when answered. */
  apply(request: ApplyRequest): Promise<ApplyReply>;
  /** Makes a version of the content of a former one. Ends a guard. */
  rollback(request: RollbackRequest): Promise<ApplyReply>;
  /** The version in force; null when nothing was ever applied. */
  head(): Promise<VersionMeta | null>;
  /** Newest first: those before `before`, 100 at most. */
  history(request: { readonly before?: number; readonly limit?: number }): Promise<readonly VersionMeta[]>;
  /** Null for a version that is not kept. */
  read(version: number): Promise<StoredVersion | null>;
  pin(request: PinRequest): Promise<PinReply>;
  /** The whole mesh in force. Megabytes: monitors take slices. */
  current(): Promise<Mesh | null>;
  /** The compiled JSON text of a digest, with the time of its latest version; null for one that is not kept. */
  text(digest: string): Promise<string | null>;
  /** Null when nothing was ever applied. */
  slice(service: string): Promise<MeshSlice | null>;
  /** The same, of the bundled mesh where that one runs. */
  sliceInForce(service: string): Promise<MeshSlice>;
  /** That mesh whole; null when it is the one with the digest `known`. */
  running(known?: string): Promise<Mesh | null>;
  /** What that mesh has, in outline; null when it is the one with the key `known` (`outlineKey`). */
  outline(known?: string): Promise<MeshOutline | null>;
  subscribe(request: SubscribeRequest): Promise<SubscribeReply>;
  /** Monitors pass on what isolates told them. Returns how many were new. */
  noteRefusals(refusals: readonly MeshRefusal[]): Promise<number>;
  refusals(): Promise<readonly RefusedVersion[]>;
}
