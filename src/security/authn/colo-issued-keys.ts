/**
 * Issued keys in the data centre's cache, shared by its isolates: sets by revision, which never change, and which revision
 * the object had lately. Kept under the id of the object, which no other deployment has. Where there is no cache, nothing is found.
 */
import { isRevision } from "../../core/issued-keys.ts";

/** Which revision was in force, and when that was asked; epoch. */
export interface KeySetHead {
  readonly revision: number;
  readonly atMs: number;
}

/** Null when there is none. Never rejects. */
export async function readColoHead(object: string): Promise<KeySetHead | null> {
  const { revision, atMs } = ((await read(headKey(object))) ?? {}) as { revision?: unknown; atMs?: unknown };
  return isRevision(revision) && typeof atMs === "number" && Number.isFinite(atMs) ? { revision, atMs } : null;
}

/** A set as it was written; null when there is none. Never rejects. */
export function readColoSet(object: string, revision: number): Promise<unknown> {
  return read(setKey(object, revision));
}

/** Never rejects. `keepMs`: for how long it is of use to anybody. */
export async function writeColoHead(object: string, head: KeySetHead, keepMs: number): Promise<void> {
  await write(headKey(object), head, keepMs);
}

/** Never rejects. */
export async function writeColoSet(object: string, set: { readonly revision: number }, keepMs: number): Promise<void> {
  await write(setKey(object, set.revision), set, keepMs);
}

function headKey(object: string): string {
  return `https://api-keys.heddle.invalid/head/${object}`;
}

function setKey(object: string, revision: number): string {
  return `https://api-keys.heddle.invalid/set/${object}/${revision}`;
}

async function read(key: string): Promise<unknown> {
  try {
    const cached = await coloCache().match(key);
    return cached === undefined ? null : await cached.json();
  } catch {
    return null;
  }
}

async function write(key: string, value: unknown, keepMs: number): Promise<void> {
  try {
    const headers = {
      "content-type": "application/json",
      "cache-control": `max-age=${Math.max(1, Math.round(keepMs / 1_000))}`,
    };
    await coloCache().put(key, new Response(JSON.stringify(value), { headers }));
  } catch {
    // No cache here: every isolate asks for itself.
  }
}

/** Throws where there is none. */
function coloCache(): Pick<Cache, "match" | "put"> {
  return (caches as unknown as { readonly default: Cache }).default;
}
