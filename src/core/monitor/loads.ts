/**
 * Utilisation that endpoints tell of themselves, as ORCA reports do: from their heartbeats by way of the registry. It is news
 * of the moment: not stored, not exchanged between regions, and forgotten when it is not told again.
 */
import { MAX_SET_ENDPOINTS } from "../endpoint-set-check.ts";

/** A load that was told so long ago is unknown: six heartbeats of five seconds. */
const FRESH_MS = 30_000;
/** Utilisation that is believed, at most. */
const MAX_LOAD = 100;

/** When each was told; by endpoint id. Mutable. */
export type Loads = Map<string, { readonly load: number; readonly atMs: number }>;

export interface LoadsWord {
  readonly service: string;
  readonly ids: readonly string[];
  /** Parallel to `ids`: 0 idle, 1 full, more is overload; -1 unknown. */
  readonly loads: readonly number[];
}

/** Takes in what was told; false for what is no such word. Never throws. */
export function takeLoads(loads: Loads, value: unknown, nowMs: number): boolean {
  const { ids, loads: told } = (value ?? {}) as Partial<Record<keyof LoadsWord, unknown>>;
  if (!Array.isArray(ids) || !Array.isArray(told)) return false;
  if (ids.length !== told.length || ids.length > MAX_SET_ENDPOINTS) return false;
  if (!ids.every((id) => typeof id === "string") || !told.every((load) => load >= -1 && load <= MAX_LOAD)) return false;
  for (const [id, { atMs }] of loads) if (nowMs - atMs > FRESH_MS) loads.delete(id);
  for (const [i, id] of (ids as string[]).entries()) {
    const load = told[i] as number;
    if (load >= 0) loads.set(id, { load, atMs: nowMs });
    else loads.delete(id);
  }
  return true;
}

/** A column of a snapshot: what each endpoint told lately, -1 where it did not. */
export function loadColumn(loads: Loads, ids: readonly string[], nowMs: number): number[] {
  if (loads.size === 0) return ids.map(() => -1);
  return ids.map((id) => {
    const told = loads.get(id);
    return told === undefined || nowMs - told.atMs > FRESH_MS ? -1 : told.load;
  });
}
