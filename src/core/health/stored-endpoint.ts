/** What of an endpoint survives the eviction of its Durable Object: versioned plain data, decoded and never cast. */

import type { HealthCode } from "../protocol.ts";
import { isRegion } from "../region.ts";
import type { Breaker } from "./breaker.ts";
import type { Coordinator } from "./coordinator-state.ts";
import { KNOWN_ANSWERS } from "./exploration.ts";

export const STORED_ENDPOINT_VERSION = 1;

/** Times are epoch milliseconds. `null` stands for Infinity (capacity) and for "never" (times). */
export interface StoredEndpoint {
  readonly v: typeof STORED_ENDPOINT_VERSION;
  readonly savedAtMs: number;
  readonly state: Breaker["state"];
  readonly generation: number;
  readonly ejections: number;
  readonly sinceMs: number | null;
  /** Only meaningful when open. */
  readonly untilMs: number | null;
  readonly health: HealthCode;
  readonly allowedRps: number | null;
  readonly knownRps: number | null;
  readonly unloadedMs: number;
  /** The way there, by region. */
  readonly floorMs: Readonly<Record<string, number>>;
}

/** The endpoint as plain data, as of the last control step. */
export function saveEndpoint(c: Coordinator, endpoint: number): StoredEndpoint {
  const breaker = c.breakers[endpoint]!;
  const floors: Record<string, number> = {};
  c.regions.forEach((region, r) => {
    const floor = c.latency.floorMs[r * c.size + endpoint]!;
    if (Number.isFinite(floor)) floors[region] = floor;
  });
  return {
    v: STORED_ENDPOINT_VERSION,
    savedAtMs: c.steppedAtMs,
    state: breaker.state,
    generation: breaker.generation,
    ejections: breaker.ejections,
    sinceMs: finiteOrNull(breaker.sinceMs),
    untilMs: breaker.state === "open" ? breaker.untilMs : null,
    health: c.health[endpoint] as HealthCode,
    allowedRps: finiteOrNull(c.capacity.allowedRps[endpoint]!),
    knownRps: finiteOrNull(c.capacity.knownRps[endpoint]!),
    unloadedMs: c.latency.unloadedMs[endpoint]!,
    floorMs: floors,
  };
}

/**
 * Restores an endpoint. What is not a stored endpoint of a known version is left out: the endpoint then starts anew.
 *
 * - `stored`: any value, as read from storage.
 *
 * A half-open breaker comes back open with its time over: the count of its probes died with the object, so a new
 * generation begins. Returns whether the value was understood. Never throws.
 */
export function loadEndpoint(c: Coordinator, endpoint: number, stored: unknown, nowMs: number): boolean {
  const decoded = decodeStoredEndpoint(stored);
  if (decoded === null) return false;
  const generation = decoded.generation + 1;
  const sinceMs = decoded.sinceMs ?? Number.NEGATIVE_INFINITY;
  const { ejections } = decoded;
  c.breakers[endpoint] =
    decoded.state === "closed"
      ? { state: "closed", generation, ejections, sinceMs }
      : {
          state: "open",
          generation,
          ejections,
          sinceMs,
          untilMs: Math.min(decoded.untilMs ?? nowMs, longest(c, nowMs)),
        };
  c.health[endpoint] = decoded.health;
  c.capacity.allowedRps[endpoint] = decoded.allowedRps ?? Number.POSITIVE_INFINITY;
  c.capacity.knownRps[endpoint] = decoded.knownRps ?? Number.POSITIVE_INFINITY;
  c.latency.unloadedMs[endpoint] = decoded.unloadedMs;
  c.regions.forEach((region, r) => {
    const floor = decoded.floorMs[region];
    if (floor === undefined) return;
    c.latency.floorMs[r * c.size + endpoint] = floor;
    c.latency.floorAtMs[r * c.size + endpoint] = decoded.savedAtMs;
    c.answersMet[r * c.size + endpoint] = KNOWN_ANSWERS;
  });
  return true;
}

/** No ejection ends later than this: a stored time may come from a clock that was wrong. */
function longest(c: Coordinator, nowMs: number): number {
  return nowMs + c.breakerParams.maxEjectionTimeMs + c.breakerParams.maxEjectionTimeJitterMs;
}

/** The value as a stored endpoint, or null when it is none of a known version. Never throws. */
export function decodeStoredEndpoint(value: unknown): StoredEndpoint | null {
  if (typeof value !== "object" || value === null) return null;
  const row = value as Record<string, unknown>;
  const { state, health, floorMs } = row;
  if (row.v !== STORED_ENDPOINT_VERSION) return null;
  if (state !== "closed" && state !== "open" && state !== "half-open") return null;
  if (!isCount(row.generation) || !isCount(row.ejections) || !isAmount(row.savedAtMs) || !isAmount(row.unloadedMs)) {
    return null;
  }
  if (!isCount(health) || health > 5) return null;
  const nullable = [row.sinceMs, row.untilMs, row.allowedRps, row.knownRps];
  if (!nullable.every((field) => field === null || isAmount(field))) return null;
  if (typeof floorMs !== "object" || floorMs === null) return null;
  const floors: Record<string, number> = {};
  for (const [region, floor] of Object.entries(floorMs))
    if (isRegion(region) && isAmount(floor)) floors[region] = floor;
  return {
    v: STORED_ENDPOINT_VERSION,
    savedAtMs: row.savedAtMs,
    state,
    generation: row.generation,
    ejections: row.ejections,
    sinceMs: row.sinceMs as number | null,
    untilMs: row.untilMs as number | null,
    health: health as HealthCode,
    allowedRps: row.allowedRps as number | null,
    knownRps: row.knownRps as number | null,
    unloadedMs: row.unloadedMs,
    floorMs: floors,
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isCount(value: unknown): value is number {
  return isAmount(value) && Number.isInteger(value);
}
