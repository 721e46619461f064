/**
 * Requests that met no service are counted apart, and ride with the next report of any service. Where none is made within
 * some seconds, one is: of the mesh's first service, since some object has to hear of them.
 */
import { isFree } from "../core/service-state/sync-slot.ts";
import type { Isolate } from "./isolate.ts";
import { sync } from "./sync.ts";

/** For so long another report is waited for, ms. */
const PATIENCE_MS = 5_000;
/** A waiter that is so much later than it should be is gone with its request, ms. */
const OVERSLEPT_MS = 2_000;

/** Sees to it that what was counted is reported. Costs a comparison while somebody sees to it already. Never throws. */
export function reportUnrouted(isolate: Isolate, nowMs: number, ctx: ExecutionContext): void {
  if (nowMs < isolate.unroutedDueMs || isolate.env.SERVICE_MONITOR === undefined) return;
  if (isolate.open.services.length === 0) return;
  isolate.unroutedDueMs = nowMs + PATIENCE_MS + OVERSLEPT_MS;
  ctx.waitUntil(later(isolate, ctx));
}

async function later(isolate: Isolate, ctx: ExecutionContext): Promise<void> {
  await scheduler.wait(PATIENCE_MS);
  isolate.unroutedDueMs = 0;
  const service = isolate.open.services[0];
  if (isolate.unrouted.isEmpty || service === undefined) return;
  if (isFree(service.sync, Date.now())) await sync(isolate, service, ctx);
  else reportUnrouted(isolate, Date.now(), ctx);
}
