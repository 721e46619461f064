import type { HeaderModifier } from "../mesh.ts";

/** What is modified: the platform's Headers, or anything that behaves as they do. Names in any case. */
export interface ModifiableHeaders {
  set(name: string, value: string): void;
  append(name: string, value: string): void;
  delete(name: string): void;
}

/**
 * Changes headers in place: sets, then adds, then removes. No name is in two of them, so the order shows only where
 * `headers` joins what the config kept apart.
 *
 * Never throws for a modifier of a compiled mesh. Linear in the modifier.
 *
 * Source: Gateway API, HTTPHeaderFilter.
 */
export function modifyHeaders(headers: ModifiableHeaders, modifier: HeaderModifier): void {
  for (const [name, value] of modifier.set) headers.set(name, value);
  for (const [name, value] of modifier.add) headers.append(name, value);
  for (const name of modifier.remove) headers.delete(name);
}
