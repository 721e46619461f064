/**
 * Which mesh the object runs, and when to ask for another: a peer that names a version other than ours has a newer one or
 * an older one, and only MeshConfig knows. It is asked in the background, at most once a second, and ever less often
 * while the answer does not help (peers on an old version, during a deployment). An object that has just started asks
 * once whatever its peers run: all of them may have started with the bundled mesh, older than the one in force.
 */
import type { Mesh } from "../../src/core/mesh.ts";

const ASK_MS = 1_000;
const MAX_ASK_MS = 30_000;

/** Mutable; owned by one object. */
export interface MeshWatch {
  mesh: Mesh;
  asking: boolean;
  /** MeshConfig was asked since the object started. */
  hasAsked: boolean;
  fruitless: number;
  nextAskMs: number;
}

/** Starts with the mesh that was bundled. */
export function createMeshWatch(bundled: Mesh): MeshWatch {
  return { mesh: bundled, asking: false, hasAsked: false, fruitless: 0, nextAskMs: Number.NEGATIVE_INFINITY };
}

/**
 * Whether to ask now.
 *
 * - `peerVersion`: what a peer runs; "" unknown.
 * - `isServiceKnown`: without our service in the mesh, every report is a reason.
 */
export function mayAsk(watch: MeshWatch, peerVersion: string, isServiceKnown: boolean, nowMs: number): boolean {
  if (watch.asking || nowMs < watch.nextAskMs) return false;
  return !watch.hasAsked || !isServiceKnown || (peerVersion !== "" && peerVersion !== watch.mesh.version);
}

/** Asking begins. */
export function onAsk(watch: MeshWatch): void {
  watch.asking = true;
  watch.hasAsked = true;
}

/** What MeshConfig answered; null for nothing, or when it could not be asked. True when that mesh is now the one to run. */
export function onMesh(watch: MeshWatch, mesh: Mesh | null, nowMs: number): boolean {
  watch.asking = false;
  const isNewer = mesh !== null && mesh.version !== watch.mesh.version && mesh.compiledAtMs >= watch.mesh.compiledAtMs;
  watch.fruitless = isNewer ? 0 : watch.fruitless + 1;
  watch.nextAskMs = nowMs + Math.min(MAX_ASK_MS, ASK_MS * 2 ** Math.min(10, Math.max(0, watch.fruitless - 1)));
  if (isNewer) watch.mesh = mesh;
  return isNewer;
}
