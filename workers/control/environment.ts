/** What the control plane is given by its deployment. */
import type { AccessControl } from "../../durable-objects/access-control/access-control.ts";
import type { ApiKeysCalls } from "../../durable-objects/api-keys/api-keys.ts";
import type { ClusterWatch } from "../../durable-objects/cluster-watch/cluster-watch.ts";
import type { EventHubCalls } from "../../durable-objects/event-hub/replies.ts";
import type { RegistryCalls } from "../../durable-objects/registry/replies.ts";
import type { Rollout } from "../../durable-objects/rollout/rollout.ts";
import type { ServiceHistoryCalls } from "../../durable-objects/service-history/replies.ts";
import type { ServiceMonitorCalls } from "../../durable-objects/service-monitor/replies.ts";
import type { MeshConfigRpc } from "../../src/core/mesh-version.ts";

/** A namespace, typed by the calls and not by what the platform makes of their types. */
export interface ObjectsOf<Calls> {
  getByName(name: string): Calls;
}

export type AccessControlCalls = Omit<AccessControl, keyof DurableObject>;

export interface ControlEnvironment {
  readonly SERVICE_MONITOR: ObjectsOf<Pick<ServiceMonitorCalls, "describe" | "operate" | "metrics">>;
  readonly MESH_CONFIG: ObjectsOf<MeshConfigRpc>;
  readonly ROLLOUT: ObjectsOf<Pick<Rollout, "describe" | "operate">>;
  readonly ACCESS_CONTROL: ObjectsOf<AccessControlCalls>;
  /** By the name of a provider. */
  readonly API_KEYS: ObjectsOf<ApiKeysCalls>;
  readonly REGISTRY: ObjectsOf<RegistryCalls>;
  readonly CLUSTER_WATCH: ObjectsOf<Pick<ClusterWatch, "describe" | "unopened">>;
  readonly EVENT_HUB: ObjectsOf<EventHubCalls>;
  readonly SERVICE_HISTORY: ObjectsOf<ServiceHistoryCalls>;
  /** The edge Worker, for what only an edge isolate can say. */
  readonly EDGE?: Fetcher;
  /** Makes the first tokens: 32 characters or more; a shorter one is as good as none. */
  readonly HEDDLE_BOOTSTRAP_TOKEN?: string;
  /** The edge's, for what is asked of it through EDGE. */
  readonly HEDDLE_OPERATOR_TOKEN?: string;
  /** Keys that what is kept is sealed under: 32 characters or more, separated by commas; the first writes, all read. */
  readonly HEDDLE_STORAGE_KEY?: string;
  /** What URLs of endpoints may be, beside public https: "http,private,loopback,self". */
  readonly HEDDLE_ALLOW_ENDPOINTS?: string;
  /** Hostnames that the mesh answers, beside those that its config names, separated by commas. */
  readonly HEDDLE_MESH_HOSTNAMES?: string;
  /** Where the team of Cloudflare Access is, "https://acme.cloudflareaccess.com": its tokens are believed, if HEDDLE_ACCESS_AUD is set too. */
  readonly HEDDLE_ACCESS_TEAM?: string;
  /** Audience (AUD) tags of the applications whose tokens are believed, separated by commas. */
  readonly HEDDLE_ACCESS_AUD?: string;
  /** E-mail addresses or groups of Cloudflare Access with the scope admin, separated by commas. */
  readonly HEDDLE_ACCESS_ADMINS?: string;
  readonly HEDDLE_ACCESS_OPERATORS?: string;
  readonly HEDDLE_ACCESS_READERS?: string;
  /** SHA-256 fingerprints of client certificates that may read /metrics, hex, separated by commas. */
  readonly HEDDLE_METRICS_CLIENT_CERTS?: string;
}
