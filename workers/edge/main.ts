/**
 * The data plane Worker: wiring only. Requests of the mesh go to src/edge; a few internal endpoints under /.heddle are
 * answered here; the Durable Object classes of the state plane are exported for the platform.
 */
import bundled from "heddle:mesh";
import { isRegion } from "../../src/core/region.ts";
import { regionOf } from "../../src/core/region-of.ts";
import type { Environment } from "../../src/edge/environment.ts";
import { handleRequest } from "../../src/edge/handle.ts";
import { createIsolate, type Isolate } from "../../src/edge/isolate.ts";
import { INTERNAL_PREFIX, internal } from "./internal.ts";

export { MeshConfig } from "../../durable-objects/mesh-config/mesh-config.ts";
export { Rollout } from "../../durable-objects/rollout/rollout.ts";
export { ServiceMonitor } from "../../durable-objects/service-monitor/service-monitor.ts";

let isolate: Isolate | undefined;

export default {
  fetch(request: Request, env: Environment, ctx: ExecutionContext): Response | Promise<Response> {
    isolate ??= open(request, env);
    const { url } = request;
    if (url.includes(INTERNAL_PREFIX)) {
      const answer = internal(request, url, isolate, ctx);
      if (answer !== null) return answer;
    }
    return handleRequest(request, url, isolate, ctx);
  },
} satisfies ExportedHandler<Environment>;

function open(request: Request, env: Environment): Isolate {
  const region = isRegion(env.HEDDLE_REGION)
    ? env.HEDDLE_REGION
    : regionOf((request as Request<unknown, IncomingRequestCfProperties>).cf);
  return createIsolate({ mesh: bundled, env, region, nowMs: Date.now() });
}
