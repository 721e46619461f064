/** What a soak runs: four origins, three services on them with different policies, an edge of several isolates. */
import { join } from "node:path";
import { type Origin, startOrigin } from "../../src/cli/origin/start-origin.ts";
import { type Edge, startEdge } from "../../src/cli/workerd/start-edge.ts";
import type { Mesh } from "../../src/core/mesh.ts";
import { seededRng } from "../../src/core/rng.ts";
import { endpoints, meshOf, servicesByHost } from "../integration/harness/configs.ts";

export const ORIGINS = ["aws", "gcp", "azure", "own"] as const;
export const SERVICES = ["shop", "cart", "pages"] as const;
export const REGION = "weur";
const ISOLATES = 8;
const SHARDS = 3;

const shards = Array.from({ length: SHARDS }, (_, shard) => `shop/${REGION}/shard-${shard}`);

/** Objects that may lose their memory, and those of them that others may be cut off from. */
export const OBJECTS = [...SERVICES.flatMap((name) => [`${name}/${REGION}`, `${name}/root`]), ...shards];
export const CUTTABLE = [`shop/${REGION}`, "shop/root", "cart/root"];

/** What the run is checked by. `meshes`: the two that take turns. */
export interface World {
  readonly origins: readonly Origin[];
  readonly edge: Edge;
  readonly meshes: readonly Mesh[];
  close(): Promise<void>;
}

/** Starts everything. Throws when a part does not start; then nothing is left running. */
export async function startWorld(seed: number, onLog: (line: string) => void): Promise<World> {
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const origins: Origin[] = [];
    for (const [at, name] of ORIGINS.entries()) {
      const rng = seededRng(seed + at);
      const origin = await startOrigin({ name, baseLatencyMs: 10, jitterMs: 10, rng });
      closing.push(() => origin.close());
      origins.push(origin);
    }
    const meshes = [await meshWith(origins, 1), await meshWith(origins, 2)];
    const edge = await startEdge({
      mesh: meshes[0]!,
      region: REGION,
      entry: join(import.meta.dirname, "../integration/edge/worker/many-isolates.ts"),
      bindings: { TEST_ISOLATES: String(ISOLATES) },
      v8Flags: ["--expose-gc"],
      onLog,
    });
    closing.push(() => edge.stop());
    return { origins, edge, meshes, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The mesh of that number compiled anew: of two, the one compiled later is in force. */
export function meshWith(origins: readonly Origin[], number: number): Promise<Mesh> {
  const list = endpoints(origins, number === 1 ? "" : "weight: 2");
  const check = "{ type: http, path: /healthz, interval: 2s, timeout: 1s, unhealthyThreshold: 2 }";
  // One of four origins is a quarter of the requests, more than a retry budget of a fifth allows to be tried again at once.
  const retry = "retry: { budget: { percent: 50 } }";
  return meshOf(
    servicesByHost({
      shop: `endpoints: ${list}, ${retry}, stateShards: ${number === 1 ? SHARDS : 1}`,
      cart: `endpoints: ${list}, ${retry}, loadBalancing: { policy: least-request }, healthChecks: [${check}]`,
      pages: `endpoints: ${list}, ${retry}, loadBalancing: { policy: round-robin }`,
    }),
  );
}
