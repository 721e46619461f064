import type { MeshSlice } from "../../src/core/monitor/mesh-slice.ts";
import type { MeshChangedReply, TotalsReply } from "../service-monitor/replies.ts";
import type { MeshKv } from "./mesh-kv.ts";

/** What the object is given. Without monitors nobody is told, and nothing is watched. */
export interface MeshConfigEnv {
  readonly SERVICE_MONITOR?: {
    getByName(name: string): {
      meshChanged(slice: MeshSlice): Promise<MeshChangedReply>;
      totals(): Promise<TotalsReply>;
    };
  };
  readonly MESH_KV?: MeshKv;
  /** Keys of 32 characters or more, separated by commas; the first writes, all read. Absent: rows are plain text. */
  readonly HEDDLE_STORAGE_KEY?: string;
}
