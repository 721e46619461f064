import { type Origin, type OriginOptions, startOrigin } from "../../../src/cli/origin/start-origin.ts";
import { type Edge, type EdgeOptions, startEdge } from "../../../src/cli/workerd/start-edge.ts";
import { meshOf } from "./configs.ts";
import { type RawOrigin, type RawOriginOptions, startRawOrigin } from "./raw-origin.ts";

/** What a test file started and has to end. */
export interface Resources {
  /** A real edge on a real workerd with this config. */
  edge(config: string, options?: Omit<EdgeOptions, "mesh">): Promise<Edge>;
  origin(name: string, options?: Omit<OriginOptions, "name">): Promise<Origin>;
  rawOrigin(name: string, onConnection: RawOriginOptions["onConnection"]): Promise<RawOrigin>;
  /** Ends everything, last started first. */
  close(): Promise<void>;
}

const REGION = "weur";

export function createResources(): Resources {
  const closing: (() => Promise<void>)[] = [];
  return {
    async edge(config, options) {
      const edge = await startEdge({ mesh: await meshOf(config), region: REGION, ...options });
      closing.push(() => edge.stop());
      return edge;
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
