/** The Durable Object classes of the state plane, for a Worker's main module to export: `export * from "heddle/objects"`. */
export { ApiKeys } from "../../durable-objects/api-keys/api-keys.ts";
export { MeshConfig } from "../../durable-objects/mesh-config/mesh-config.ts";
export { Nonces } from "../../durable-objects/nonces/nonces.ts";
export { RateLimiter } from "../../durable-objects/rate-limiter/rate-limiter.ts";
export { Rollout } from "../../durable-objects/rollout/rollout.ts";
export { ServiceMonitor } from "../../durable-objects/service-monitor/service-monitor.ts";
