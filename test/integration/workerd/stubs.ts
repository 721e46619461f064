import { env } from "cloudflare:workers";
import type { ApiKeys } from "../../../durable-objects/api-keys/api-keys.ts";
import type { EventHub } from "../../../durable-objects/event-hub/event-hub.ts";
import type { MeshConfig } from "../../../durable-objects/mesh-config/mesh-config.ts";
import type { Nonces } from "../../../durable-objects/nonces/nonces.ts";
import type { RateLimiter } from "../../../durable-objects/rate-limiter/rate-limiter.ts";
import type { Registry } from "../../../durable-objects/registry/registry.ts";
import type { Rollout } from "../../../durable-objects/rollout/rollout.ts";
import type { ServiceHistory } from "../../../durable-objects/service-history/service-history.ts";
import type { ServiceMonitor } from "../../../durable-objects/service-monitor/service-monitor.ts";
import type { FaultyServiceMonitor } from "./worker.ts";

export interface TestEnv {
  readonly SERVICE_MONITOR: DurableObjectNamespace<ServiceMonitor>;
  readonly FAULTY_MONITOR: DurableObjectNamespace<FaultyServiceMonitor>;
  readonly ROLLOUT: DurableObjectNamespace<Rollout>;
  readonly RATE_LIMITER: DurableObjectNamespace<RateLimiter>;
  readonly REGISTRY: DurableObjectNamespace<Registry>;
  readonly SERVICE_HISTORY: DurableObjectNamespace<ServiceHistory>;
  readonly EVENT_HUB: DurableObjectNamespace<EventHub>;
  readonly API_KEYS: DurableObjectNamespace<ApiKeys>;
  readonly NONCES: DurableObjectNamespace<Nonces>;
  readonly MESH_CONFIG: DurableObjectNamespace<MeshConfig>;
  readonly PLATFORM_LIMIT: RateLimit;
  readonly TEST_KV: KVNamespace;
  /** MeshConfig's. */
  readonly MESH_KV: KVNamespace;
  readonly ORIGIN: string;
}

export const testEnv = env as unknown as TestEnv;

/** The object of that name, by a fresh stub. */
export function monitorNamed(name: string): DurableObjectStub<ServiceMonitor> {
  return testEnv.SERVICE_MONITOR.getByName(name);
}
