import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Origin, type OriginOptions, startOrigin } from "../../../src/cli/origin/start-origin.ts";
import { type Edge, type EdgeOptions, startEdge } from "../../../src/cli/workerd/start-edge.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import { meshOf } from "./configs.ts";
import { type RawOrigin, type RawOriginOptions, startRawOrigin } from "./raw-origin.ts";

/** What a test file started and has to end. */
export interface Resources {
  /** A real edge on a real workerd with this config. */
  edge(config: string, options?: Omit<EdgeOptions, "mesh">): Promise<Edge>;
  /** The same for a mesh that is compiled already. */
  edgeOf(mesh: Mesh, options?: Omit<EdgeOptions, "mesh">): Promise<Edge>;
  /** An empty folder. */
  folder(): Promise<string>;
  origin(name: string, options?: Omit<OriginOptions, "name">): Promise<Origin>;
  rawOrigin(name: string, onConnection: RawOriginOptions["onConnection"]): Promise<RawOrigin>;
  /** Ends everything, last started first. */
  close(): Promise<void>;
}

const REGION = "weur";

export function createResources(): Resources {
  const closing: (() => Promise<void>)[] = [];
  async function edgeOf(mesh: Mesh, options?: Omit<EdgeOptions, "mesh">): Promise<Edge> {
    const edge = await startEdge({ mesh, region: REGION, ...options });
    closing.push(() => edge.stop());
    return edge;
  }

  return {
    edgeOf,
    edge: async (config, options) => edgeOf(await meshOf(config), options),
    async folder() {
      const path = await mkdtemp(join(tmpdir(), "heddle-test-"));
      closing.push(() => rm(path, { recursive: true, force: true }));
      return path;
    },
    async origin(name, options) {
      const origin = await startOrigin({ name, ...options });
      closing.push(() => origin.close());
      return origin;
    },
    async rawOrigin(name, onConnection) {
      const origin = await startRawOrigin({ name, onConnection });
      closing.push(() => origin.close());
      return origin;
    },
    async close() {
      for (const end of closing.splice(0).reverse()) await end();
    },
  };
}
