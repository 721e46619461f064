/**
 * What an isolate holds of the keys of one limit, bounded: two generations, of which the older is dropped whole when the younger
 * is full. Keys in use move to the younger one, so a flood of keys drops none of them, at no cost per request but a look-up.
 */
import { ownText } from "../../own-text.ts";
import { createHolding, type Holding } from "./holding.ts";
import { createLink, type Link } from "./link.ts";
import type { LeasableCounting } from "./meter.ts";
import { LIMIT_SHARDS, limiterName, shardOfKey } from "./shard.ts";
import { type LeaseTerms, termsOf } from "./terms.ts";

/** Keys of a generation. Both together are some two megabytes. */
export const GENERATION_KEYS = 4_096;

export interface Holdings {
  readonly limit: string;
  readonly counting: LeasableCounting;
  readonly terms: LeaseTerms;
  /** By shard; made when first used. */
  readonly links: (Link | undefined)[];
  young: Map<string, Held>;
  old: Map<string, Held>;
}

export interface Held {
  readonly holding: Holding;
  readonly link: Link;
}

export function createHoldings(limit: string, counting: LeasableCounting): Holdings {
  const links = Array.from<Link | undefined>({ length: LIMIT_SHARDS });
  return { limit, counting, terms: termsOf(counting), links, young: new Map(), old: new Map() };
}

/** The same holdings under another definition of the limit: what is held stays held. */
export function recount(holdings: Holdings, counting: LeasableCounting): Holdings {
  return { ...holdings, counting, terms: termsOf(counting) };
}

/**
 * What is held of a key; a new holding when nothing is known of it.
 *
 * - `session`: for a new one; greater than those before it.
 *
 * Constant time, and linear in the key for a new one. Never throws.
 */
export function holdingOf(holdings: Holdings, key: string, session: number, nowMs: number): Held {
  const young = holdings.young.get(key);
  if (young !== undefined) return young;
  const held = holdings.old.get(key) ?? newHeld(holdings, key, session, nowMs);
  if (holdings.young.size >= GENERATION_KEYS) {
    holdings.old = holdings.young;
    holdings.young = new Map();
  }
  holdings.young.set(held.holding.key, held);
  return held;
}

function newHeld(holdings: Holdings, key: string, session: number, nowMs: number): Held {
  const shard = shardOfKey(key);
  holdings.links[shard] ??= createLink(limiterName(holdings.limit, shard));
  const link = holdings.links[shard];
  // One that was dropped may still have something to tell.
  return { holding: link.active.get(key) ?? createHolding(ownText(key), session, nowMs, holdings.terms), link };
}
