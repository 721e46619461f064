/**
 * Entries for the same paths, of which the first that fits is wanted. Where many ask for the same header or query
 * parameter with an exact value each (a hundred tenants under one path), the value leads to the few it is for.
 */
import type { RequestHead } from "../request-head.ts";
import type { Condition } from "./condition.ts";
import { fits, type RouteEntry } from "./entry.ts";
import { queryValue } from "./query-value.ts";

export interface EntryList {
  /** By ascending rank. Empty when there is an index, which then holds all. */
  readonly entries: readonly RouteEntry[];
  readonly index: ValueIndex | null;
}

interface ValueIndex {
  readonly kind: Kind;
  readonly name: string;
  readonly byValue: ReadonlyMap<string, EntryList>;
  /** What does not ask for an exact value of it. */
  readonly rest: EntryList;
}

type Kind = "headers" | "queryParams";

/** From so many on, of which at least half as many ask for the same thing, looking one value up costs less than trying. */
const WORTH_INDEXING = 8;

/** Arranges entries for `firstFit`. `entries`: by ascending rank. Never throws. */
export function entryList(entries: readonly RouteEntry[]): EntryList {
  return entries.length < WORTH_INDEXING ? { entries, index: null } : arrange(entries, new Set());
}

/** `settled`: what the entries agree on already. */
function arrange(entries: readonly RouteEntry[], settled: ReadonlySet<string>): EntryList {
  const plain = { entries, index: null };
  if (entries.length < WORTH_INDEXING) return plain;
  const asked = mostAsked(entries, settled);
  if (asked === null || asked.count < WORTH_INDEXING / 2) return plain;
  const { kind, name } = asked;
  const byValue = new Map<string, RouteEntry[]>();
  const rest: RouteEntry[] = [];
  for (const entry of entries) {
    const value = entry[kind].find((condition) => condition.name === name && isExact(condition))?.value;
    if (value === undefined) rest.push(entry);
    else byValue.set(value, [...(byValue.get(value) ?? []), entry]);
  }
  const agreed = new Set([...settled, keyOf(kind, name)]);
  const lists = [...byValue].map(([value, list]) => [value, arrange(list, agreed)] as const);
  return { entries: [], index: { kind, name, byValue: new Map(lists), rest: arrange(rest, agreed) } };
}

function mostAsked(entries: readonly RouteEntry[], settled: ReadonlySet<string>) {
  const counts = new Map<string, { kind: Kind; name: string; count: number }>();
  for (const entry of entries) {
    for (const kind of ["headers", "queryParams"] as const) {
      for (const condition of entry[kind]) {
        const key = keyOf(kind, condition.name);
        if (!isExact(condition) || settled.has(key)) continue;
        const known = counts.get(key) ?? { kind, name: condition.name, count: 0 };
        counts.set(key, { ...known, count: known.count + 1 });
      }
    }
  }
  return [...counts.values()].reduce<{ kind: Kind; name: string; count: number } | null>(
    (most, one) => (most === null || one.count > most.count ? one : most),
    null,
  );
}

function isExact({ type, invert }: Condition): boolean {
  return type === "Exact" && !invert;
}

function keyOf(kind: Kind, name: string): string {
  return `${kind}:${name}`;
}

/**
 * The first of the entries that fits when it comes before `best`, else `best`. Never throws; linear in the entries that no
 * index tells apart.
 */
export function firstFit(list: EntryList, head: RequestHead, best: RouteEntry | null): RouteEntry | null {
  const { entries, index } = list;
  if (index !== null) return firstIndexed(index, head, best);
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    if (best !== null && entry.rank > best.rank) return best;
    if (fits(entry, head)) return entry;
  }
  return best;
}

function firstIndexed({ kind, name, byValue, rest }: ValueIndex, head: RequestHead, best: RouteEntry | null) {
  const value = kind === "headers" ? head.header(name) : queryValue(head.query, name);
  const list = value === null ? undefined : byValue.get(value);
  const found = list === undefined ? best : firstFit(list, head, best);
  return firstFit(rest, head, found);
}
