/**
 * hono's proxy helper over several origins, with the failover one writes around it: start anywhere, and go on to the next
 * origin when one does not answer in time or answers with a 5xx. It remembers nothing.
 */
import { Hono } from "hono";
import { proxy } from "hono/proxy";
import { ready } from "./ready.ts";

interface Env {
  readonly ORIGIN: string;
  readonly ATTEMPT_MS: string;
}

const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

const app = new Hono<{ Bindings: Env }>();

app.all("*", async (c) => {
  const origins = c.env.ORIGIN.split(",");
  const { pathname, search } = new URL(c.req.url);
  const first = Math.floor(Math.random() * origins.length);
  // A body can be read once; what has one is sent once.
  const attempts = REPEATABLE.has(c.req.method) && c.req.raw.body === null ? origins.length : 1;
  let last: Response | undefined;
  for (let i = 0; i < attempts; i += 1) {
    const url = origins[(first + i) % origins.length]! + pathname + search;
    // The limit is for the head of the answer: a body that flows is not cut.
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), Number(c.env.ATTEMPT_MS));
    try {
      const answer = await proxy(url, { raw: c.req.raw, signal: limit.signal });
      if (answer.status < 500) return answer;
      await last?.body?.cancel();
      last = answer;
    } catch {
      // No connection, a broken one, or no answer in time: the next origin.
    } finally {
      clearTimeout(timer);
    }
  }
  return last ?? c.text("no origin answered", 502);
});

export default {
  fetch: (request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> =>
    ready(request.url) ?? app.fetch(request, env, ctx),
};
