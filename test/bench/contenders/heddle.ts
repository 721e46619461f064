import { installation } from "../../../src/cli/installation.ts";
import { compileMesh } from "../../../src/config/compile.ts";
import { parseConfig } from "../../../src/config/decode.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import { type Contender, type OriginAddress, PATIENCE } from "./contender.ts";
import { runningEdge } from "./running-edge.ts";

/** Heddle as it comes: every default, and the active checks that the others have. */
export const heddle: Contender = {
  name: "heddle",
  kind: "worker",
  failover: "defaults: adaptive, breakers, 2 retries elsewhere; checks every 2 s",
  version: () => installation().version,
  start: async (origins) => runningEdge({ mesh: await heddleMesh(origins), dev: false }),
};

export async function heddleMesh(origins: readonly OriginAddress[]): Promise<Mesh> {
  const config = {
    services: {
      shop: {
        endpoints: origins.map(({ id, url }) => ({ id, url, locality: { cloud: id, region: "us-east-1" } })),
        healthChecks: [{ path: PATIENCE.checkPath, interval: `${PATIENCE.checkMs}ms` }],
      },
    },
    routes: [{ rules: [{ backendRefs: [{ service: "shop" }] }] }],
  };
  const parsed = parseConfig(JSON.stringify(config), { format: "json", file: "bench.json" });
  if (!parsed.ok) throw new Error(`The benchmark's config has faults: ${JSON.stringify(parsed.faults)}`);
  return compileMesh(parsed.config, { nowMs: Date.now() });
}
