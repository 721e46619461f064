/**
 * A Worker that asks its Durable Object before each request where to go, and tells it of each failure: the plain way to
 * share health. The object takes turns among origins, leaves one out for 10 s after three failures in a row.
 */
import { DurableObject } from "cloudflare:workers";
import { ready } from "./ready.ts";

interface Env {
  readonly ORIGIN: string;
  readonly ATTEMPT_MS: string;
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
}

const FAILURES_TO_LEAVE = 3;
const LEAVE_MS = 10_000;
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

export class Directory extends DurableObject<Env> {
  readonly #origins = this.env.ORIGIN.split(",").map((url) => ({ url, failures: 0, backAtMs: 0 }));
  #turn = 0;

  /** Origins in the order to try them: those in first, each in its turn. */
  order(): readonly string[] {
    const now = Date.now();
    this.#turn += 1;
    const turned = this.#origins.map((_, i) => this.#origins[(this.#turn + i) % this.#origins.length]!);
    const isIn = (origin: { backAtMs: number }) => origin.backAtMs <= now;
    return [...turned.filter(isIn), ...turned.filter((origin) => !isIn(origin))].map(({ url }) => url);
  }

  told(outcomes: readonly (readonly [url: string, ok: boolean])[]): void {
    for (const [url, ok] of outcomes) {
      const origin = this.#origins.find((candidate) => candidate.url === url);
      if (origin === undefined) continue;
      origin.failures = ok ? 0 : origin.failures + 1;
      if (origin.failures >= FAILURES_TO_LEAVE) origin.backAtMs = Date.now() + LEAVE_MS;
    }
  }
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const answer = ready(request.url);
    if (answer !== null) return answer;
    const directory = env.DIRECTORY.getByName("shop");
    const order = await directory.order();
    const path = request.url.slice(request.url.indexOf("/", 8));
    const attempts = REPEATABLE.has(request.method) && request.body === null ? order.length : 1;
    const outcomes: [string, boolean][] = [];
    let last: Response | undefined;
    for (const origin of order.slice(0, attempts)) {
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), Number(env.ATTEMPT_MS));
      let head: Response | undefined;
      try {
        head = await fetch(new Request(origin + path, request), { signal: limit.signal });
      } catch {
        // No connection, a broken one, or no answer in time.
      } finally {
        clearTimeout(timer);
      }
      const isGood = head !== undefined && head.status < 500;
      outcomes.push([origin, isGood]);
      if (head === undefined) continue;
      await last?.body?.cancel();
      last = head;
      if (isGood) break;
    }
    // Successes are told only after a failure: most requests cost one call.
    if (outcomes.some(([, ok]) => !ok)) ctx.waitUntil(directory.told(outcomes));
    return last ?? new Response("no origin answered", { status: 502 });
  },
};
