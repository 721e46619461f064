/**
 * The edge with an object that can be made to fail while it runs: everything is the real thing, but `sync` goes wrong
 * when it is told to. Told by PUT /__test/monitor?fault=…, which also says how many calls the fault met.
 *
 * Objects and Worker share the isolate here, so one variable tells both; in production they would not.
 */

import { ServiceMonitor as RealServiceMonitor } from "../../../../durable-objects/service-monitor/service-monitor.ts";
import type { Report, Snapshot, SyncReply } from "../../../../src/core/protocol.ts";
import type { Environment } from "../../../../src/edge/environment.ts";
import edge from "../../../../workers/edge/main.ts";

export { MeshConfig, RateLimiter, Rollout } from "../../../../workers/edge/main.ts";

/** `evicted`: every call ends the object. `late`: every answer comes 5 s late. `hung`: no answer ever comes. */
type Fault = "none" | "evicted" | "throwing" | "overloaded" | "late" | "hung";

const LATE_MS = 5_000;

let fault: Fault = "none";
let met = 0;
let lastSnapshot: Snapshot | null = null;

export class ServiceMonitor extends RealServiceMonitor {
  override async sync(report: Report): Promise<SyncReply> {
    if (fault !== "none") met += 1;
    switch (fault) {
      case "none":
        break;
      case "evicted":
        this.ctx.abort("evicted by the test");
        break;
      case "throwing":
        throw new Error("broken by the test");
      case "overloaded":
        throw Object.assign(new Error("Durable Object is overloaded. Too many requests queued."), { overloaded: true });
      case "late":
        await scheduler.wait(LATE_MS);
        break;
      case "hung":
        await new Promise(() => {});
    }
    const reply = await super.sync(report);
    if (reply.ok) lastSnapshot = reply.snapshot;
    return reply;
  }
}

export default {
  fetch(request: Request, env: Environment, ctx: ExecutionContext): Response | Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/__test/monitor") return edge.fetch(request, env, ctx);
    const wanted = searchParams.get("fault");
    if (wanted !== null) {
      fault = wanted as Fault;
      met = 0;
    }
    return Response.json({ fault, met, lastSnapshot });
  },
} satisfies ExportedHandler<Environment>;
