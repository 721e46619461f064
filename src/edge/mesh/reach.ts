/**
 * Where an isolate stands with the versions of the mesh: which is in force and whence it came, whether another is being
 * loaded, and which one it could not take. Decides what an announcement is answered with; plain values, no I/O.
 *
 * Meshes are ordered by the time at which they were accepted, not by digest: a rollback announces an old digest with a later
 * time. One load at a time; its slot expires, since the request that carried it may be gone.
 */
import type { Mesh } from "../../core/mesh.ts";

/** `put`: an operator gave it to this isolate. The others: where its text was found. */
export type MeshSource = "bundled" | "put" | "colo" | "kv" | "object";

/** A version as a peer announces it. */
export interface Announced {
  /** Digest. */
  readonly version: string;
  /** When it was accepted, epoch; null where the peer does not say: the text does. */
  readonly atMs: number | null;
}

export interface RefusedMesh {
  readonly version: string;
  readonly atMs: number | null;
  readonly reason: string;
  /** `load`: it could not be had, which may pass. `run`: it could, and cannot be put in force here. */
  readonly kind: "load" | "run";
  /** In a row. */
  readonly tries: number;
  readonly sinceMs: number;
  /** Until when an announcement of the same changes nothing, epoch. */
  readonly untilMs: number;
}

/** Mutable; of one isolate. */
export interface Reach {
  /** When the mesh in force was accepted, epoch. */
  atMs: number;
  source: MeshSource;
  /** Since when it is in force here, epoch. */
  sinceMs: number;
  loading: { readonly version: string; readonly sinceMs: number } | null;
  refused: RefusedMesh | null;
  /** A version that proved older than ours, where only its text could tell. */
  older: { readonly version: string; readonly untilMs: number } | null;
  /** Epoch of the last question to the config object about what is in force. */
  askedAtMs: number;
}

/** A load that has not come back for so long is lost, ms: longer than all sources take together. */
export const SLOT_MS = 15_000;
/** First wait after a load that failed, doubled with each in a row, and the longest, ms. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** What cannot run here will not for as long as the code stays; a secret may be set meanwhile, ms. */
const RUN_RETRY_MS = 300_000;
/** Failed loads that are worth telling: fewer may be a version that has not reached the store everywhere. */
const TELL_AFTER = 3;

export function createReach(bundled: Mesh, nowMs: number): Reach {
  return {
    atMs: bundled.compiledAtMs,
    source: "bundled",
    sinceMs: nowMs,
    loading: null,
    refused: null,
    older: null,
    askedAtMs: Number.NEGATIVE_INFINITY,
  };
}

/**
 * Whether to load what was announced. Notes a later time of what is in force already.
 *
 * - `current`: digest of the mesh in force.
 */
export function mayLoad(reach: Reach, current: string, { version, atMs }: Announced, nowMs: number): boolean {
  if (version === "") return false;
  if (version === current) {
    if (atMs !== null && atMs > reach.atMs) reach.atMs = atMs;
    return false;
  }
  if (atMs !== null && atMs <= reach.atMs) return false;
  const { loading, refused, older } = reach;
  if (loading !== null && nowMs - loading.sinceMs < SLOT_MS) return false;
  if (atMs === null && older?.version === version && nowMs < older.untilMs) return false;
  if (refused?.version !== version || nowMs >= refused.untilMs) return true;
  return atMs !== null && refused.atMs !== null && atMs > refused.atMs;
}

/** Another mesh is in force. */
export function onAdopted(reach: Reach, atMs: number, source: MeshSource, nowMs: number): void {
  reach.atMs = atMs;
  reach.source = source;
  reach.sinceMs = nowMs;
  reach.refused = null;
  reach.older = null;
}

/** A version could not be taken; the one in force stays. */
export function onRefused(
  reach: Reach,
  { version, atMs }: Announced,
  { kind, reason }: Pick<RefusedMesh, "kind" | "reason">,
  nowMs: number,
): void {
  const before = reach.refused?.version === version && reach.refused.kind === kind ? reach.refused : null;
  const tries = (before?.tries ?? 0) + 1;
  const waitMs = kind === "run" ? RUN_RETRY_MS : Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** Math.min(16, tries - 1));
  const sinceMs = before?.sinceMs ?? nowMs;
  reach.refused = { version, atMs, reason, kind, tries, sinceMs, untilMs: nowMs + waitMs };
}

/** It was loaded, and is no newer than ours. */
export function onOlder(reach: Reach, version: string, nowMs: number): void {
  reach.older = { version, untilMs: nowMs + MAX_RETRY_MS };
}

/** What reports say of a version that could not be taken; null while there is none, or it may only be late. */
export function refusalToTell({ refused }: Reach): { readonly version: string; readonly reason: string } | null {
  if (refused === null || (refused.kind === "load" && refused.tries < TELL_AFTER)) return null;
  return { version: refused.version, reason: refused.reason };
}
