/** One game day as it is sent to a worker: plain data, with names for what cannot be sent. */
import type { Mesh } from "../../core/mesh.ts";
import type { GameDayInput } from "../../simulate/input.ts";
import type { SimulationResult } from "../../simulate/result.ts";

export interface Job {
  readonly mesh: Mesh;
  readonly input: Omit<GameDayInput, "mesh" | "contender" | "log">;
  /** Name of a model of another proxy; null is Heddle. */
  readonly contender: string | null;
  /** Path of an access log to replay. */
  readonly accessLog: string | null;
}

export type JobMessage =
  | { readonly type: "progress"; readonly share: number }
  | { readonly type: "done"; readonly result: SimulationResult };
