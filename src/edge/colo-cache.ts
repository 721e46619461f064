/**
 * A snapshot shared by the isolates of one data centre through the Cache API, where there is one (custom domains and
 * routes; not workers.dev). It makes a cold isolate warm without a call across the world. Leases are taken out: they
 * were lent to one isolate.
 */
import type { Snapshot } from "../core/protocol.ts";
import { COLO_MAX_AGE_S, COLO_WRITE_SHARE } from "../core/service-state/sync-slot.ts";
import { checkSnapshot } from "../core/snapshot-check.ts";
import type { Isolate } from "./isolate.ts";
import type { ServiceRuntime } from "./service-runtime.ts";

/** The data centre's snapshot, null when there is none or no cache. Never rejects. */
export async function readColoSnapshot(isolate: Isolate, service: ServiceRuntime): Promise<Snapshot | null> {
  try {
    const cached = await caches.default.match(keyOf(isolate, service));
    return cached === undefined ? null : checkSnapshot(await cached.json());
  } catch {
    return null;
  }
}

/** Writes a snapshot for the others, in the background and not every time. Never throws. */
export function writeColoSnapshot(
  isolate: Isolate,
  service: ServiceRuntime,
  snapshot: Snapshot,
  ctx: ExecutionContext,
): void {
  if (isolate.rng() >= COLO_WRITE_SHARE) return;
  const response = new Response(JSON.stringify({ ...snapshot, leases: [] }), {
    headers: { "content-type": "application/json", "cache-control": `max-age=${COLO_MAX_AGE_S}` },
  });
  ctx.waitUntil(put(keyOf(isolate, service), response));
}

async function put(key: string, response: Response): Promise<void> {
  try {
    await caches.default.put(key, response);
  } catch {
    // No cache here: every isolate asks the object itself.
  }
}

function keyOf(isolate: Isolate, service: ServiceRuntime): string {
  const name = encodeURIComponent(service.state.service.name);
  return `https://snapshot.heddle.invalid/${isolate.open.mesh.version}/${isolate.region}/${name}`;
}
