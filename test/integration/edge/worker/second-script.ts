/**
 * Another Worker that runs the edge: a script of its own, whose binding RATE_LIMITER is the class of the first one, as
 * `script_name` makes it in wrangler.toml. The mesh is text in its `env`; TEST_ISOLATES says how many isolates it is.
 */
import type { Mesh } from "../../../../src/core/mesh.ts";
import type { Environment } from "../../../../src/edge/environment.ts";
import { handleRequest } from "../../../../src/edge/handle.ts";
import { createIsolate, type Isolate } from "../../../../src/edge/isolate.ts";
import { stateOf } from "../../../../src/edge/state.ts";

const isolates: Isolate[] = [];

type Env = Pick<Environment, "RATE_LIMITER"> & { readonly TEST_ISOLATES: string; readonly TEST_MESH: string };

export default {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
    const count = Number(env.TEST_ISOLATES);
    while (isolates.length < count) {
      const mesh = JSON.parse(env.TEST_MESH) as Mesh;
      isolates.push(createIsolate({ mesh, env: env as unknown as Environment, region: "weur", nowMs: Date.now() }));
    }
    const { url } = request;
    // Whoever starts it asks whether it is there.
    if (url.endsWith("/livez")) return new Response(null, { status: 200 });
    if (url.endsWith("/__test/states")) return Response.json(isolates.map((isolate) => stateOf(isolate, Date.now())));
    const isolate = isolates[Number(request.headers.get("x-test-isolate") ?? 0) % count]!;
    return handleRequest(request, url, isolate, ctx);
  },
} satisfies ExportedHandler<Env>;
