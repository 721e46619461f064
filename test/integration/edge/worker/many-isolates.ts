/**
 * The edge as several isolates in one process: each has a state, a name and a sync of its own, as isolates of one data
 * centre do; requests go to them in turn, or to the one named in `x-test-isolate`. The binding TEST_ISOLATES says how
 * many. Everything is the real thing; the objects can be looked at and ended:
 *
 *     GET /__test/describe?object=shop/weur     what the object says of itself
 *     GET /__test/abort?object=shop/weur        it loses its memory, as in an eviction
 *     GET /__test/cut?object=shop/weur&on=1     it answers no object until on=0
 *     GET /__test/leases                        every lease that went out to an isolate, in order
 *     GET /__test/states                        /.heddle/state of every isolate
 *     GET /__test/collect                       collects garbage, where V8 has --expose-gc
 */
import bundled from "heddle:mesh";
import { ServiceMonitor as RealServiceMonitor } from "../../../../durable-objects/service-monitor/service-monitor.ts";
import type { ExchangeMessage, ExchangeReply } from "../../../../src/core/monitor/exchange-message.ts";
import type { Report, SyncReply } from "../../../../src/core/protocol.ts";
import { isRegion } from "../../../../src/core/region.ts";
import type { Environment } from "../../../../src/edge/environment.ts";
import { handleRequest } from "../../../../src/edge/handle.ts";
import { createIsolate, type Isolate } from "../../../../src/edge/isolate.ts";
import { stateOf } from "../../../../src/edge/state.ts";
import { INTERNAL_PREFIX, internal } from "../../../../src/library/internal.ts";
import type { GivenLease } from "../../harness/given-lease.ts";

export { MeshConfig, RateLimiter, Rollout } from "../../../../workers/edge/main.ts";

/** Leases kept; a run that looks at them gives out fewer. */
const MAX_LEASES = 10_000;

const isolates: Isolate[] = [];
const leases: GivenLease[] = [];
/** Names of objects that answer no other object. */
const cut = new Set<string>();
let next = 0;

export class ServiceMonitor extends RealServiceMonitor {
  override async sync(report: Report): Promise<SyncReply> {
    const reply = await super.sync(report);
    if (!reply.ok) return reply;
    const { reporter } = report;
    const object = this.ctx.id.name ?? "";
    for (const lease of reply.snapshot.leases) leases.push({ ...lease, reporter, object, atMs: Date.now() });
    if (leases.length > MAX_LEASES) leases.splice(0, leases.length - MAX_LEASES);
    return reply;
  }

  override async exchange(message: ExchangeMessage): Promise<ExchangeReply> {
    if (cut.has(this.ctx.id.name ?? "")) throw new Error("cut off by the test");
    return super.exchange(message);
  }

  async abort(): Promise<void> {
    this.ctx.abort("ended by the test");
  }
}

type Env = Omit<Environment, "SERVICE_MONITOR"> & {
  readonly TEST_ISOLATES?: string;
  readonly SERVICE_MONITOR: DurableObjectNamespace<ServiceMonitor>;
};

export default {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
    const region = isRegion(env.HEDDLE_REGION) ? env.HEDDLE_REGION : "weur";
    const count = Number(env.TEST_ISOLATES ?? 1);
    const plain: Environment = env as unknown as Environment;
    while (isolates.length < count) {
      isolates.push(createIsolate({ mesh: bundled, env: plain, region, nowMs: Date.now() }));
    }
    const { url } = request;
    if (url.includes("/__test/")) return answerTest(new URL(url), env);
    const isolate = isolates[Number(request.headers.get("x-test-isolate") ?? next++) % count]!;
    if (url.includes(INTERNAL_PREFIX))
      return internal(request, url, isolate, ctx) ?? new Response(null, { status: 404 });
    return handleRequest(request, url, isolate, ctx);
  },
} satisfies ExportedHandler<Env>;

async function answerTest({ pathname, searchParams }: URL, env: Env): Promise<Response> {
  const object = searchParams.get("object") ?? "";
  switch (pathname) {
    case "/__test/describe":
      return Response.json(await env.SERVICE_MONITOR.getByName(object).describe());
    case "/__test/abort":
      await env.SERVICE_MONITOR.getByName(object)
        .abort()
        .catch(() => {});
      return Response.json({ ended: object });
    case "/__test/cut":
      if (searchParams.get("on") === "1") cut.add(object);
      else cut.delete(object);
      return Response.json([...cut]);
    case "/__test/leases":
      return Response.json(leases);
    case "/__test/collect":
      (globalThis as { gc?: () => void }).gc?.();
      return new Response(null, { status: "gc" in globalThis ? 204 : 501 });
    case "/__test/states":
      return Response.json(isolates.map((isolate) => stateOf(isolate, Date.now())));
    default:
      return new Response(null, { status: 404 });
  }
}
