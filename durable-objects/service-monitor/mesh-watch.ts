/**
 * Which mesh the object runs, and when to ask for another: a peer that names a version other than ours has a newer one or
 * an older one, and only MeshConfig knows. It is asked in the background, at most once a second, and ever less often
 * while the answer does not help (peers on an old version, during a deployment). An object that has just started asks
 * once whatever its peers run, and again from time to time: asking is how it subscribes to what comes.
 */
import type { MeshSlice } from "../../src/core/monitor/mesh-slice.ts";

const ASK_MS = 1_000;
const MAX_ASK_MS = 30_000;
/** Subscriptions are renewed after so long, unless MeshConfig says otherwise. */
const RENEW_MS = 5 * 60_000;

/** Mutable; owned by one object. */
export interface MeshWatch {
  mesh: MeshSlice;
  asking: boolean;
  /** MeshConfig was asked since the object started. */
  hasAsked: boolean;
  fruitless: number;
  renewAtMs: number;
  nextAskMs: number;
}

/** Starts with the mesh that was bundled. */
export function createMeshWatch(bundled: MeshSlice): MeshWatch {
  const never = Number.NEGATIVE_INFINITY;
  return { mesh: bundled, asking: false, hasAsked: false, fruitless: 0, renewAtMs: never, nextAskMs: never };
}

/**
 * Whether to ask now.
 *
 * - `peerVersion`: what a peer runs; "" unknown.
 * - `isServiceKnown`: without our service in the mesh, every report is a reason.
 */
export function mayAsk(watch: MeshWatch, peerVersion: string, isServiceKnown: boolean, nowMs: number): boolean {
  if (watch.asking || nowMs < watch.nextAskMs) return false;
  if (!watch.hasAsked || !isServiceKnown || nowMs >= watch.renewAtMs) return true;
  return peerVersion !== "" && peerVersion !== watch.mesh.version;
}

/** Asking begins. */
export function onAsk(watch: MeshWatch): void {
  watch.asking = true;
  watch.hasAsked = true;
}

/**
 * What was answered; null for nothing new, or when nobody could be asked. True when that mesh is now the one to run.
 *
 * - `againMs`: after how long to renew the subscription.
 */
export function onAnswered(watch: MeshWatch, mesh: MeshSlice | null, nowMs: number, againMs = RENEW_MS): boolean {
  watch.asking = false;
  watch.renewAtMs = nowMs + Math.max(ASK_MS, againMs);
  const isNewer = onMesh(watch, mesh);
  watch.fruitless = isNewer ? 0 : watch.fruitless + 1;
  watch.nextAskMs = nowMs + Math.min(MAX_ASK_MS, ASK_MS * 2 ** Math.min(10, Math.max(0, watch.fruitless - 1)));
  return isNewer;
}

/** A mesh that was heard of, asked for or not. True when it is later than ours: it is then the one to run. */
export function onMesh(watch: MeshWatch, mesh: MeshSlice | null): boolean {
  if (mesh === null || mesh.compiledAtMs < watch.mesh.compiledAtMs) return false;
  const isSame = mesh.version === watch.mesh.version && mesh.compiledAtMs === watch.mesh.compiledAtMs;
  if (isSame) return false;
  watch.mesh = mesh;
  return true;
}
