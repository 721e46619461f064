/**
 * What holds while the object of a limit cannot be asked. `onFailure: open`: this isolate counts the whole limit by itself, so
 * n isolates may let n limits pass. `closed`: refusal.
 */
import type { RateLimit } from "../../../core/mesh-rate-limits.ts";
import {
  capacityOf,
  charge,
  createMeter,
  fullMsOf,
  isLeasable,
  type Meter,
  waitMsFor,
} from "../../../core/rate-limit/lease/meter.ts";
import type { Verdict } from "../../../core/rate-limit/verdict.ts";

/** Keys counted here; the one that came first leaves for a new one. */
const MAX_KEYS = 2_000;
/** What callers who are refused for want of the object are told to wait, ms. */
const RETRY_AFTER_MS = 1_000;

/** Meters by limit and key. */
export type Unaided = Map<string, { readonly limit: RateLimit; readonly meter: Meter }>;

export function createUnaided(): Unaided {
  return new Map();
}

/** Decides without the object, as the limit says of that. Never throws. */
export function takeUnaided(
  unaided: Unaided,
  request: { readonly limit: RateLimit; readonly key: string; readonly cost: number; readonly nowMs: number },
): Verdict {
  const { limit, key, cost, nowMs } = request;
  const { counting, onFailure } = limit;
  if (onFailure === "closed" || !isLeasable(counting)) {
    return refusal(counting.limit, onFailure === "open");
  }
  const name = `${limit.name}/${key}`;
  let own = unaided.get(name);
  if (own === undefined || own.limit.counting !== counting) {
    if (own === undefined && unaided.size >= MAX_KEYS) unaided.delete(unaided.keys().next().value!);
    own = { limit, meter: createMeter(counting, nowMs) };
    unaided.set(name, own);
  }
  const { meter } = own;
  const allowed = capacityOf(meter, nowMs) >= cost;
  if (allowed) charge(meter, cost, nowMs);
  return {
    allowed,
    limit: counting.limit,
    remaining: Math.max(0, Math.floor(capacityOf(meter, nowMs))),
    resetMs: fullMsOf(meter, 0, nowMs),
    retryAfterMs: allowed ? 0 : waitMsFor(meter, cost, 0, nowMs),
    isDegraded: true,
  };
}

function refusal(limit: number, allowed: boolean): Verdict {
  const retryAfterMs = allowed ? 0 : RETRY_AFTER_MS;
  return { allowed, limit, remaining: 0, resetMs: RETRY_AFTER_MS, retryAfterMs, isDegraded: true };
}
