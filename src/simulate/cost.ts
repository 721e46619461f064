/**
 * What the platform bills for the simulated traffic, per million requests at the edge, without the included volumes. Cloudflare
 * Workers Paid, US dollars, as of mid-2026.
 *
 * Source: Cloudflare's pricing pages of Workers and of Durable Objects.
 */
import type { PlatformUsage } from "./contender.ts";

/** Dollars per million. */
const WORKER_REQUESTS = 0.3;
const WORKER_CPU_MS = 0.02;
const OBJECT_REQUESTS = 0.15;
const OBJECT_GB_S = 12.5;
const ROWS_WRITTEN = 1;

/** CPU of one edge request with its share of reporting, ms. An assumption on the safe side: the work is well under 1 ms. */
const CPU_MS_PER_REQUEST = 1;
/** An object is billed for 128 MB while it is in memory, and one that gets reports never leaves it. */
const GB_PER_OBJECT = 0.128;

/**
 * Dollars per million edge requests; NaN without requests.
 *
 * - `forMs`: how long the objects existed.
 */
export function costPerMillion(usage: PlatformUsage, edgeRequests: number, forMs: number): number {
  const { syncs, exchanges, alarms, rowsWritten, objects } = usage;
  const dollars =
    WORKER_REQUESTS * edgeRequests +
    WORKER_CPU_MS * CPU_MS_PER_REQUEST * edgeRequests +
    OBJECT_REQUESTS * (syncs + exchanges + alarms) +
    OBJECT_GB_S * GB_PER_OBJECT * objects * (forMs / 1_000) +
    ROWS_WRITTEN * rowsWritten;
  return dollars / edgeRequests;
}
