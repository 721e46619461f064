/** Compiled meshes in KV, by digest: what isolates far away read before they ask the object. */
import { meshKey } from "../../src/core/mesh-version.ts";
import { within } from "../service-monitor/within.ts";

/** The announcement waits no longer for it; isolates then ask the object. */
const WRITE_MS = 3_000;

/** The part of a KV namespace that is used. */
export interface MeshKv {
  put(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Whether the text is there now. Never rejects. */
export async function publish(kv: MeshKv, digest: string, text: string): Promise<boolean> {
  try {
    await within(kv.put(meshKey(digest), text), WRITE_MS);
    return true;
  } catch (error) {
    console.warn(JSON.stringify({ event: "mesh_kv_failed", digest, error: String(error) }));
    return false;
  }
}

/** Takes away what no version has any more. What stays behind costs a few cents. Never rejects. */
export async function withdraw(kv: MeshKv, digests: readonly string[]): Promise<void> {
  for (const digest of digests) await kv.delete(meshKey(digest)).catch(() => {});
}
