/** A pass-through as itty-router's users write it: one catch-all route, a random origin, no failover. */
import { Router } from "itty-router";
import { ready } from "./ready.ts";

interface Env {
  readonly ORIGIN: string;
}

const router = Router<Request, [Env]>().all("*", (request, env) => {
  const origins = env.ORIGIN.split(",");
  const origin = origins[Math.floor(Math.random() * origins.length)]!;
  const { pathname, search } = new URL(request.url);
  return fetch(new Request(origin + pathname + search, request));
});

export default {
  fetch: (request: Request, env: Env): Response | Promise<Response> => ready(request.url) ?? router.fetch(request, env),
};
