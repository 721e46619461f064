/** Takes its own request through a guard `?n=` times, as the edge would once: what that costs is asked of the process. */
import mesh from "heddle:mesh";
import type { Mesh } from "../../../src/core/mesh.ts";
import { matchRoute } from "../../../src/core/route/match.ts";
import { addressOf } from "../../../src/edge/address.ts";
import type { Arrived } from "../../../src/edge/arrived.ts";
import { guarded } from "../../../src/edge/guard/guarded.ts";
import { headOf } from "../../../src/edge/head-of.ts";
import { createIsolate, type Isolate } from "../../../src/edge/isolate.ts";
import { ready } from "./ready.ts";

let isolate: Isolate | undefined;

export default {
  async fetch(request: Request, env: object, ctx: ExecutionContext): Promise<Response> {
    const isReady = ready(request.url);
    if (isReady !== null) return isReady;
    isolate ??= createIsolate({ mesh: mesh as unknown as Mesh, env, region: "weur", nowMs: Date.now() });
    const { open } = isolate;
    const address = addressOf(request.url, true);
    const matched = matchRoute(open.routes, headOf(request, address));
    if (matched?.rule.guard === undefined) return new Response("no guard", { status: 500 });
    const arrived: Arrived = { request, address, via: null, isolate, open, matched, ctx, arrivedAtMs: Date.now() };
    const guard = open.guards.of[matched.rule.guard]!;
    const passed = new Response("passed");
    const next = () => passed;
    const first = await guarded(arrived, guard, next);
    if (!first.ok) return first;
    const passes = Number(new URL(request.url).searchParams.get("n") ?? 0);
    let waited = 0;
    for (let i = 0; i < passes; i += 1) if (guarded(arrived, guard, next) instanceof Promise) waited += 1;
    return new Response(String(waited));
  },
};
