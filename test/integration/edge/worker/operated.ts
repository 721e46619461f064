/**
 * The edge with a door to its monitors: POST /__test/monitors with {name, method, argument} calls the object as the control
 * plane does. Everything else is the real thing.
 */
import type { Environment } from "../../../../src/edge/environment.ts";
import edge from "../../../../workers/edge/main.ts";

export { MeshConfig, RateLimiter, Rollout, ServiceMonitor } from "../../../../workers/edge/main.ts";

interface Call {
  readonly name: string;
  readonly method: "operate" | "describe" | "carryEndpoints";
  readonly argument?: unknown;
}

export default {
  async fetch(request: Request, env: Environment, ctx: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname !== "/__test/monitors") return edge.fetch(request, env, ctx);
    const { name, method, argument } = (await request.json()) as Call;
    const stub = env.SERVICE_MONITOR!.getByName(name) as unknown as Record<
      Call["method"],
      (value: unknown) => Promise<unknown>
    >;
    return Response.json(await stub[method](argument));
  },
} satisfies ExportedHandler<Environment>;
