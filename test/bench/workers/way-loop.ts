/** Takes its own request all the way `?n=` times, with an answer at hand in place of the network: what is left is the mesh. */
import mesh from "heddle:mesh";
import { heddle } from "../../../src/library/heddle.ts";
import { ready } from "./ready.ts";

const edge = heddle({ mesh });

export default {
  async fetch(request: Request, env: object, ctx: ExecutionContext): Promise<Response> {
    const isReady = ready(request.url);
    if (isReady !== null) return isReady;
    const passes = Number(new URL(request.url).searchParams.get("n") ?? 0);
    const answer = Promise.resolve(new Response(null, { headers: { "content-type": "application/json" } }));
    const network = globalThis.fetch;
    globalThis.fetch = () => answer;
    let failed = 0;
    try {
      for (let i = 0; i < passes; i += 1) if (!(await edge.fetch(request, env, ctx)).ok) failed += 1;
    } finally {
      globalThis.fetch = network;
    }
    return new Response(String(failed));
  },
};
