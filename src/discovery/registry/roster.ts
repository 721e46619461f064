/**
 * All registered instances of a service.
 *
 * Expiry listens before it judges: when nobody was heard for a time in which everybody should have been, it is more likely
 * that the registry could not be heard than that all are gone at once. Then nobody expires, and the source says that it
 * has failed. The same holds after a restart of the registry: everybody has one time to live to be heard again.
 */
import { expiresAtMs, type Instance } from "./instance.ts";

/** Instances of one service, at most; also of a set. */
export const MAX_INSTANCES = 1_000;
/** With fewer, that all fell silent is believed: two that end together are a test environment that is shut down. */
const MIN_FOR_DOUBT = 3;
/**
 * Of the shortest time to live: when nobody at all was heard for so long, expiry is doubted. Heartbeats come every third, so
 * that the first would expire two thirds after all fell silent.
 */
const DOUBT_RATIO = 0.6;

/** Instances by id. */
export type Roster = ReadonlyMap<string, Instance>;

export interface Expiry {
  readonly expired: readonly string[];
  /** Some should have been heard, and nobody was; null: there is no doubt. */
  readonly doubt: string | null;
  /** When the next one expires; Infinity: none does. */
  readonly nextMs: number;
}

/**
 * Who has expired. Linear.
 *
 * - `sinceMs`: when the registry began to listen, or to hear again, in this life of it.
 */
export function expiryOf(roster: Roster, sinceMs: number, nowMs: number): Expiry {
  const late: string[] = [];
  let nextMs = Number.POSITIVE_INFINITY;
  let heardMs = sinceMs;
  let ttlMs = Number.POSITIVE_INFINITY;
  for (const [id, instance] of roster) {
    const atMs = Math.max(expiresAtMs(instance), sinceMs + instance.ttlMs);
    if (atMs <= nowMs) late.push(id);
    else nextMs = Math.min(nextMs, atMs);
    heardMs = Math.max(heardMs, instance.heartbeatAtMs);
    ttlMs = Math.min(ttlMs, instance.ttlMs);
  }
  if (late.length > 0 && roster.size >= MIN_FOR_DOUBT && nowMs - heardMs > ttlMs * DOUBT_RATIO) {
    const seconds = Math.round((nowMs - heardMs) / 1_000);
    return { expired: [], doubt: `none of ${roster.size} instances was heard for ${seconds} s`, nextMs };
  }
  return { expired: late, doubt: null, nextMs };
}

/** Who waits for a challenge that is due, and when the next one is. */
export function challengesDue(
  roster: Roster,
  nowMs: number,
): { readonly due: readonly string[]; readonly nextMs: number } {
  const due: string[] = [];
  let nextMs = Number.POSITIVE_INFINITY;
  for (const [id, { proof }] of roster) {
    if (proof.state !== "pending") continue;
    if (proof.dueMs <= nowMs) due.push(id);
    else nextMs = Math.min(nextMs, proof.dueMs);
  }
  return { due, nextMs };
}
