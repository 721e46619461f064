/** reflare as its README shows it: routes pushed on each request, a random upstream among several. It has no failover. */
import useReflare from "reflare";
import { ready } from "./ready.ts";

interface Env {
  readonly ORIGIN: string;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const answer = ready(request.url);
    if (answer !== null) return answer;
    const reflare = await useReflare();
    reflare.push({
      path: "/*",
      upstream: env.ORIGIN.split(",").map((origin) => {
        const { hostname, port } = new URL(origin);
        return { domain: hostname, port: Number(port), protocol: "http" as const };
      }),
      loadBalancing: { policy: "random" },
    });
    return reflare.handle(request);
  },
};
