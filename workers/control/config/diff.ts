/** What changes between two meshes, with the share of the present traffic that goes through each change. */
import { diffMeshes } from "../../../src/config/diff/diff.ts";
import type { MeshDiff } from "../../../src/config/diff/mesh-diff.ts";
import { withTraffic } from "../../../src/config/diff/traffic.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import type { ControlEnvironment } from "../environment.ts";
import { trafficOf } from "../live/traffic.ts";

/** `before` null: nothing was applied. Shares are null where nobody could say how much traffic there is. */
export async function diffBetween(env: ControlEnvironment, before: Mesh | null, after: Mesh): Promise<MeshDiff> {
  const diff = diffMeshes(before, after);
  if (diff.changes.length === 0) return { ...diff, trafficShare: 0 };
  const services = await trafficOf(env, before?.services.map(({ name }) => name) ?? []);
  const total = [...(services?.values() ?? [])].reduce((sum, rps) => sum + rps, 0);
  if (services === null || total === 0) {
    return { ...diff, changes: diff.changes.map((change) => ({ ...change, trafficShare: null })), trafficShare: null };
  }
  return withTraffic(diff, {
    services: Object.fromEntries([...services].map(([name, rps]) => [name, rps / total])),
  });
}
