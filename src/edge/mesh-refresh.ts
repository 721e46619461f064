/** Fetches a newer mesh when a snapshot says that there is one. The last good one stays in force when that fails. */
import { MESH_FORMAT, type Mesh } from "../core/mesh.ts";
import { type Isolate, swapMesh } from "./isolate.ts";

/** Objects and isolates disagree for a moment during every change; asking more often would not end it sooner, ms. */
const ASK_EVERY_MS = 1_000;

/** Asks the config object and swaps to what it has, if that was compiled later. Never rejects. */
export async function refreshMesh(isolate: Isolate): Promise<void> {
  const nowMs = Date.now();
  if (isolate.env.MESH_CONFIG === undefined || nowMs - isolate.meshAskedAtMs < ASK_EVERY_MS) return;
  isolate.meshAskedAtMs = nowMs;
  try {
    const mesh = await isolate.env.MESH_CONFIG.getByName("mesh").current();
    if (mesh !== null) adoptMesh(isolate, mesh);
  } catch (error) {
    console.warn(
      JSON.stringify({ event: "mesh_refresh_failed", error: String(error), version: isolate.open.mesh.version }),
    );
  }
}

/** Puts a mesh in force if it is of our format and compiled later than ours. Returns whether it did. Never throws. */
export function adoptMesh(isolate: Isolate, mesh: Mesh): boolean {
  const current = isolate.open.mesh;
  if (mesh.version === current.version || mesh.compiledAtMs <= current.compiledAtMs) return false;
  if (mesh.format !== MESH_FORMAT) {
    console.warn(JSON.stringify({ event: "mesh_refused", reason: `format ${mesh.format}`, stays: current.version }));
    return false;
  }
  try {
    swapMesh(isolate, mesh, Date.now());
    return true;
  } catch (error) {
    console.warn(JSON.stringify({ event: "mesh_refused", reason: String(error), stays: current.version }));
    return false;
  }
}
