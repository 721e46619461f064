/**
 * The last good answers of services that serve stale on error: in the isolate's memory, bounded, and in the data
 * centre's Cache API where there is one. Only answers that every caller may see are kept, so nothing private leaks from
 * one caller to another, and they are kept under all that the mesh tells the endpoint of a request: whoever reaches another
 * rule by a header, or names another port, plants an answer for those who do the same.
 *
 * Source: RFC 5861 §4 (stale-if-error), RFC 9111 §3 (what a shared cache may store).
 */
import { type Claim, createClaim, grow, type MemoryBudget, shrink } from "../core/limit/memory.ts";
import type { Carried } from "./carried.ts";
import { type HeldBody, holdBody, letGo, takeMemory } from "./held-body.ts";

const MAX_ENTRIES = 256;
/** Larger answers are not kept, bytes. */
const MAX_BODY_BYTES = 256 * 1024;
/** Of all of them in memory: half of what an isolate holds of bodies, whatever callers ask for, bytes. They give way to requests. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;
/** An answer is kept anew at most so often, ms. */
const RENEW_MS = 5_000;

interface Kept {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: ArrayBuffer;
  readonly keptAtMs: number;
}

export interface StaleCache {
  /** Least recently kept first. */
  readonly kept: Map<string, Kept>;
  readonly renewedAtMs: Map<string, number>;
  /** Of all bodies in `kept`. */
  readonly claim: Claim;
}

export function createStaleCache(): StaleCache {
  return { kept: new Map(), renewedAtMs: new Map(), claim: createClaim() };
}

/** Keeps a copy of a good answer in the background, if the service wants that and the answer may be shared. */
export function keepForStale(carried: Carried, response: Response): void {
  if (carried.service.state.service.fallback.length === 0 || !wantsStale(carried)) return;
  if (carried.isPersonal || !isShareable(carried.request, response)) return;
  const key = keyOf(carried);
  const nowMs = Date.now();
  const { stale } = carried.isolate;
  if (nowMs - (stale.renewedAtMs.get(key) ?? 0) < RENEW_MS) return;
  remember(stale.renewedAtMs, key, nowMs);
  carried.ctx.waitUntil(keep(carried, key, response.clone(), nowMs));
}

/** The last good answer, not older than `maxAgeMs`; null when there is none. Never rejects. */
export async function staleAnswer(carried: Carried, maxAgeMs: number): Promise<Response | null> {
  const { method } = carried.request;
  if (method !== "GET" && method !== "HEAD") return null;
  if (carried.isPersonal || isPersonal(carried.request)) return null;
  const key = keyOf(carried);
  const nowMs = Date.now();
  const kept = carried.isolate.stale.kept.get(key);
  if (kept !== undefined && nowMs - kept.keptAtMs <= maxAgeMs) {
    return answer(
      method,
      kept.status,
      new Headers(kept.headers as [string, string][]),
      kept.body,
      nowMs - kept.keptAtMs,
    );
  }
  return cachedAnswer(key, method, maxAgeMs, nowMs);
}

async function cachedAnswer(key: string, method: string, maxAgeMs: number, nowMs: number): Promise<Response | null> {
  try {
    const cached = await caches.default.match(key);
    if (cached === undefined) return null;
    const ageMs = nowMs - Number(cached.headers.get("x-heddle-kept-at") ?? 0);
    if (ageMs > maxAgeMs) {
      await cached.body?.cancel();
      return null;
    }
    return answer(method, cached.status, new Headers(cached.headers), cached.body, ageMs);
  } catch {
    return null;
  }
}

function answer(
  method: string,
  status: number,
  headers: Headers,
  body: ArrayBuffer | ReadableStream | null,
  ageMs: number,
): Response {
  headers.delete("x-heddle-kept-at");
  headers.set("age", String(Math.floor(ageMs / 1_000)));
  headers.set("cache-status", "heddle; hit; detail=stale-if-error");
  if (method !== "HEAD") return new Response(body, { status, headers });
  if (body instanceof ReadableStream) body.cancel().catch(() => {});
  return new Response(null, { status, headers });
}

async function keep({ isolate, ctx }: Carried, key: string, response: Response, nowMs: number): Promise<void> {
  const { stale, memory } = isolate;
  const length = Number(response.headers.get("content-length") ?? 0);
  if (length > MAX_BODY_BYTES) {
    await response.body?.cancel();
    return;
  }
  const held = holdBody(memory, ctx, nowMs);
  try {
    const body = await readBounded(response, held);
    letGo(held);
    if (body === null) return;
    const headers = [...response.headers].filter(([name]) => name !== "content-encoding" && name !== "content-length");
    keepInMemory(stale, memory.budget, key, { status: response.status, headers, body, keptAtMs: nowMs });
    const copy = new Response(body, { status: response.status, headers: new Headers(headers) });
    copy.headers.set("x-heddle-kept-at", String(nowMs));
    copy.headers.set("cache-control", "max-age=86400");
    await caches.default.put(key, copy);
  } catch {
    // The answer broke off, or there is no cache here: what is in memory has to do.
  } finally {
    letGo(held);
  }
}

/** Reads a body up to the bound; null when it is longer, or there is no memory for it. Rejects when it breaks off. */
async function readBounded(response: Response, held: HeldBody): Promise<ArrayBuffer | null> {
  if (response.body === null) return new ArrayBuffer(0);
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(chunks).arrayBuffer();
    size += value.byteLength;
    if (size > MAX_BODY_BYTES || !takeMemory(held, value.byteLength, "optional")) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
}

function wantsStale(carried: Carried): boolean {
  return carried.service.state.service.fallback.some((fallback) => fallback.type === "staleIfError");
}

/** Whether an answer may be given to other callers: RFC 9111 §3 and §3.5, and stricter with Cookie. */
function isShareable(request: Request, response: Response): boolean {
  if (request.method !== "GET" || response.status !== 200 || isPersonal(request)) return false;
  if (response.headers.has("set-cookie")) return false;
  const control = response.headers.get("cache-control") ?? "";
  if (/\b(private|no-store|no-cache)\b/i.test(control)) return false;
  const vary = response.headers.get("vary");
  return vary === null || vary.trim().toLowerCase() === "accept-encoding";
}

function isPersonal(request: Request): boolean {
  const { headers } = request;
  return headers.has("authorization") || headers.has("cookie") || headers.has("range");
}

/** Scheme, port and what origins are told of them; the rule, whose filters change the request; what the endpoint is asked for. */
function keyOf(carried: Carried): string {
  const { address, target, service, headers, routeName, ruleName } = carried;
  const told = [
    service.state.service.name,
    routeName,
    ruleName,
    `${address.scheme}://${address.authority.toLowerCase()}`,
    headers.get("x-forwarded-host") ?? "",
    headers.get("x-forwarded-proto") ?? "",
    target === address ? "" : target.path + target.query,
  ];
  return `https://stale.heddle.invalid/${told.map(encodeURIComponent).join("/")}${address.path}${address.query}`;
}

function keepInMemory(stale: StaleCache, budget: MemoryBudget, key: string, answer: Kept): void {
  const { kept, claim } = stale;
  const bytes = answer.body.byteLength;
  forget(stale, budget, key);
  while (kept.size >= MAX_ENTRIES || claim.bytes + bytes > MAX_KEPT_BYTES) forget(stale, budget, oldestOf(stale));
  if (grow(budget, claim, bytes, "optional")) kept.set(key, answer);
}

/** Frees so many bytes, or as many as there are. */
export function forgetOldest(stale: StaleCache, budget: MemoryBudget, bytes: number): void {
  const most = stale.claim.bytes - bytes;
  while (stale.kept.size > 0 && stale.claim.bytes > most) forget(stale, budget, oldestOf(stale));
}

function oldestOf({ kept }: StaleCache): string {
  return kept.keys().next().value!;
}

function forget({ kept, claim }: StaleCache, budget: MemoryBudget, key: string): void {
  const known = kept.get(key);
  if (known === undefined) return;
  kept.delete(key);
  shrink(budget, claim, known.body.byteLength);
}

/** Sets an entry of a bounded map, forgetting the oldest. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > MAX_ENTRIES) map.delete(map.keys().next().value!);
}
