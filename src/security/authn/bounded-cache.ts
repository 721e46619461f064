import { ownText } from "../../core/own-text.ts";

/**
 * A map that never grows beyond its bound and keeps what was used lately: two generations, of which the older is dropped as
 * a whole when the younger is half the bound. No list to keep in order, so a hit costs one look, or two.
 */
export interface BoundedCache<V> {
  young: Map<string, V>;
  old: Map<string, V>;
  /** Of a generation. */
  readonly capacity: number;
}

/** `bound`: entries, 2 or more. */
export function createBoundedCache<V>(bound: number): BoundedCache<V> {
  return { young: new Map(), old: new Map(), capacity: Math.max(1, Math.floor(bound / 2)) };
}

export function recall<V>(cache: BoundedCache<V>, key: string): V | undefined {
  const found = cache.young.get(key);
  if (found !== undefined) return found;
  const older = cache.old.get(key);
  if (older !== undefined) remember(cache, key, older);
  return older;
}

export function remember<V>(cache: BoundedCache<V>, key: string, value: V): void {
  if (cache.young.size >= cache.capacity && !cache.young.has(key)) {
    cache.old = cache.young;
    cache.young = new Map();
  }
  // Tokens are cut out of cookies, and must not keep the rest of them.
  cache.young.set(ownText(key), value);
}

export function forget<V>(cache: BoundedCache<V>, key: string): void {
  cache.young.delete(key);
  cache.old.delete(key);
}
