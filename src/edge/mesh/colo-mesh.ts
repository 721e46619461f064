/**
 * Meshes in the data centre's cache: texts by digest, which never change, and which version was in force lately, for
 * isolates that start. The latter is kept under the id of the config object, which no other deployment has, so that a
 * staging mesh on the same zone is not mistaken for ours. Where there is no cache, nothing is found.
 */
import type { Environment } from "../environment.ts";
import type { Announced } from "./reach.ts";

/** Texts are refreshed by whoever loads them from elsewhere; an isolate that finds none loads it itself, s. */
const MAX_AGE_S = 7 * 86_400;

/** Null when there is none. May reject: the caller bounds the time anyway. */
export async function readColoText(digest: string): Promise<string | null> {
  const cached = await caches.default.match(textKey(digest));
  return cached === undefined ? null : cached.text();
}

/** Never rejects. */
export async function writeColoText(digest: string, text: string): Promise<void> {
  await put(textKey(digest), text);
}

/** The version that was in force here lately; null when that is not known, or is no version. May reject. */
export async function readColoHead(env: Environment): Promise<Announced | null> {
  const key = headKey(env);
  const cached = key === null ? undefined : await caches.default.match(key);
  if (cached === undefined) return null;
  const { version, atMs } = (await cached.json()) as { version?: unknown; atMs?: unknown };
  const isHead = typeof version === "string" && typeof atMs === "number" && Number.isFinite(atMs);
  return isHead ? { version, atMs } : null;
}

/** Never rejects. */
export async function writeColoHead(env: Environment, head: Announced): Promise<void> {
  const key = headKey(env);
  if (key !== null) await put(key, JSON.stringify(head));
}

function textKey(digest: string): string {
  return `https://mesh.heddle.invalid/text/${encodeURIComponent(digest)}`;
}

function headKey({ MESH_CONFIG }: Environment): string | null {
  const id = MESH_CONFIG?.idFromName?.("mesh");
  return id === undefined ? null : `https://mesh.heddle.invalid/head/${id.toString()}`;
}

async function put(key: string, text: string): Promise<void> {
  try {
    const headers = { "content-type": "application/json", "cache-control": `max-age=${MAX_AGE_S}` };
    await caches.default.put(key, new Response(text, { headers }));
  } catch {
    // No cache here: every isolate loads for itself.
  }
}
