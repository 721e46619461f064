/** What the control plane is given by its deployment. */
import type { MeshConfig } from "../../durable-objects/mesh-config/mesh-config.ts";
import type { Rollout } from "../../durable-objects/rollout/rollout.ts";
import type { ServiceMonitor } from "../../durable-objects/service-monitor/service-monitor.ts";

export interface ControlEnvironment {
  readonly SERVICE_MONITOR: DurableObjectNamespace<ServiceMonitor>;
  readonly MESH_CONFIG: DurableObjectNamespace<MeshConfig>;
  readonly ROLLOUT: DurableObjectNamespace<Rollout>;
  /** The edge Worker, for what only an edge isolate can say. */
  readonly EDGE?: Fetcher;
  /** Makes the first tokens: 32 characters or more. */
  readonly HEDDLE_BOOTSTRAP_TOKEN?: string;
  /** The edge's, for what is asked of it through EDGE. */
  readonly HEDDLE_OPERATOR_TOKEN?: string;
}
