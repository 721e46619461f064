/**
 * The endpoints of a discovered service in the data centre's cache, for isolates that start: without them these would begin
 * with what the mesh lists, which may be nothing. Kept under the id of the service's object, which no other deployment has.
 */
import { monitorName } from "../../core/monitor/monitor-name.ts";
import type { Isolate } from "../isolate.ts";
import type { ServiceRuntime } from "../service-runtime.ts";

/** Old endpoints are better than none: whoever begins with them asks the object at once. s. */
const MAX_AGE_S = 3_600;
/** Isolates write again what they run after so long, ms. */
const AGAIN_MS = 600_000;

/** What the cache has, unchecked; null when it has nothing. Never rejects. */
export async function readColoEndpoints(isolate: Isolate, service: ServiceRuntime): Promise<unknown> {
  const key = keyOf(isolate, service);
  if (key === null) return null;
  try {
    const cached = await caches.default.match(key);
    return cached === undefined ? null : await cached.json();
  } catch {
    return null;
  }
}

/** Writes the set in force, when this isolate has not done so for a while. In the background. Never throws. */
export function writeColoEndpoints(isolate: Isolate, service: ServiceRuntime, ctx: ExecutionContext): void {
  const { discovered } = service;
  const nowMs = Date.now();
  if (discovered.set === null || nowMs - discovered.storedAtMs < AGAIN_MS) return;
  const key = keyOf(isolate, service);
  if (key === null) return;
  discovered.storedAtMs = nowMs;
  const response = new Response(JSON.stringify(discovered.set), {
    headers: { "content-type": "application/json", "cache-control": `max-age=${MAX_AGE_S}` },
  });
  ctx.waitUntil(put(key, response));
}

async function put(key: string, response: Response): Promise<void> {
  try {
    await caches.default.put(key, response);
  } catch {
    // No cache here: every isolate asks the object itself.
  }
}

/** Null for a service that is not discovered. */
function keyOf({ env }: Isolate, { state, discovered }: ServiceRuntime): string | null {
  if (!discovered.isDiscovered) return null;
  const id = env.SERVICE_MONITOR?.idFromName?.(monitorName(state.service.name, "root"));
  return id === undefined ? null : `https://endpoints.heddle.invalid/${id.toString()}`;
}
