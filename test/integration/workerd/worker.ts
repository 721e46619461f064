/** The Worker under test: nothing but the objects. */

import { ServiceMonitor } from "../../../durable-objects/service-monitor/service-monitor.ts";
import type { Report, SyncReply } from "../../../src/core/protocol.ts";

export { AccessControl } from "../../../durable-objects/access-control/access-control.ts";
export { ApiKeys } from "../../../durable-objects/api-keys/api-keys.ts";
export { EventHub } from "../../../durable-objects/event-hub/event-hub.ts";
export { MeshConfig } from "../../../durable-objects/mesh-config/mesh-config.ts";
export { Nonces } from "../../../durable-objects/nonces/nonces.ts";
export { RateLimiter } from "../../../durable-objects/rate-limiter/rate-limiter.ts";
export { Registry } from "../../../durable-objects/registry/registry.ts";
export { Rollout } from "../../../durable-objects/rollout/rollout.ts";
export { ServiceHistory } from "../../../durable-objects/service-history/service-history.ts";
export { ServiceMonitor };

/** A monitor that fails on demand, as tests of the edge wrap it: the production class has no switches for faults. */
export class FaultyServiceMonitor extends ServiceMonitor {
  #fault = "";

  async setFault(fault: "" | "throw"): Promise<void> {
    this.#fault = fault;
  }

  override async sync(report: Report): Promise<SyncReply> {
    if (this.#fault === "throw") throw new Error("fault for a test");
    return super.sync(report);
  }
}

export default {
  fetch: () => new Response(null, { status: 404 }),
};
