import { installation } from "../../../src/cli/installation.ts";
import { compileMesh } from "../../../src/config/compile.ts";
import { parseConfig } from "../../../src/config/decode.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import { benchSigner } from "../guarding.ts";
import { guardConfig } from "../meshes.ts";
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

/** The same before callers with tokens (ES256, an inline key), with 20 policies and a local rate limit for each of them. */
export const guardedHeddle: Contender = {
  ...heddle,
  name: "heddle-guarded",
  only: "overhead",
  async start(origins) {
    const signer = await benchSigner();
    const mesh = await heddleMesh(origins, guardConfig({ signedWith: signer.jwk, policies: 20 }));
    const running = await runningEdge({ mesh, dev: false });
    return { ...running, headers: { authorization: `Bearer ${await signer.token(1)}` } };
  },
};

export async function heddleMesh(
  origins: readonly OriginAddress[],
  guard: ReturnType<typeof guardConfig> = { mesh: {}, route: {} },
): Promise<Mesh> {
  const config = {
    ...guard.mesh,
    services: {
      shop: {
        endpoints: origins.map(({ id, url }) => ({ id, url, locality: { cloud: id, region: "us-east-1" } })),
        healthChecks: [{ path: PATIENCE.checkPath, interval: `${PATIENCE.checkMs}ms` }],
      },
    },
    routes: [{ ...guard.route, rules: [{ backendRefs: [{ service: "shop" }] }] }],
  };
  const parsed = parseConfig(JSON.stringify(config), { format: "json", file: "bench.json" });
  if (!parsed.ok) throw new Error(`The benchmark's config has faults: ${JSON.stringify(parsed.faults)}`);
  return compileMesh(parsed.config, { nowMs: Date.now() });
}
