import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ApiKeysCalls } from "../../../durable-objects/api-keys/api-keys.ts";
import { checkKeySet, issuedKeyId, MAX_ISSUED_KEYS } from "../../../src/core/issued-keys.ts";
import type { ApiKeyProvider } from "../../../src/core/mesh.ts";
import { openApiKeys } from "../../../src/security/authn/api-key.ts";
import type { Caller } from "../../../src/security/authn/outcome.ts";
import { testEnv } from "./stubs.ts";

const NAME = "partners";
const stub = () => testEnv.API_KEYS.getByName(NAME);
const keys = () => stub() as unknown as ApiKeysCalls;
const DAY_MS = 86_400_000;

async function made(name = "acme", lifeMs = DAY_MS) {
  const expiresAtMs = lifeMs === 0 ? 0 : Date.now() + lifeMs;
  const reply = await keys().create({ name, scopes: ["read"], expiresAtMs, createdBy: "test" });
  if (!reply.ok) throw new Error(reply.detail);
  return reply;
}

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

describe("ApiKeys", () => {
  it("keeps the digest of a key and nothing of its secret, over an eviction", async () => {
    const { key, text } = await made();
    expect(issuedKeyId(text)).toBe(key.id);
    await evictDurableObject(stub());
    const rows = await runInDurableObject(stub(), (_, { storage }) =>
      JSON.stringify(storage.sql.exec("SELECT * FROM api_key").toArray()),
    );
    expect(rows).toContain(key.id);
    expect(rows).not.toContain(text.split("_").slice(2).join("_"));
    expect(await keys().list()).toEqual([key]);
    expect(JSON.stringify(await keys().list())).not.toMatch(/sha256|[0-9a-f]{64}/);
  });

  it("tells the set once for each revision, which every change raises, over an eviction", async () => {
    expect(await keys().keySet(-1)).toEqual({ current: false, revision: 0, keys: [] });
    expect(await keys().keySet(0)).toEqual({ current: true, revision: 0 });
    const { key } = await made();
    await evictDurableObject(stub());
    const set = checkKeySet(await keys().keySet(0));
    expect([set?.revision, [...(set?.keys.keys() ?? [])]]).toEqual([1, [key.id]]);
    await keys().revoke(key.id);
    expect(await keys().keySet(1)).toEqual({ current: false, revision: 2, keys: [] });
  });

  it("revokes once, and knows no key that it did not make", async () => {
    const { key } = await made();
    const first = await keys().revoke(key.id);
    expect(first).toMatchObject({ before: { revokedAtMs: null }, after: { revokedAtMs: expect.any(Number) } });
    expect((await keys().revoke(key.id))?.after).toEqual(first?.after);
    expect(await keys().keySet(2)).toEqual({ current: true, revision: 2 });
    expect(await keys().revoke("0".repeat(16))).toBeNull();
  });

  it("leaves out what has ended, and forgets it when thirty days have passed and another one is made", async () => {
    const nowMs = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
    await made("short", 1_000);
    const { key } = await made("long", 0);
    vi.setSystemTime(nowMs + 1_000);
    expect(checkKeySet(await keys().keySet(-1))?.keys.size).toBe(1);
    expect((await keys().list()).length).toBe(2);
    vi.setSystemTime(nowMs + 31 * DAY_MS);
    const next = await made("next");
    expect((await keys().list()).map(({ id }) => id)).toEqual([next.key.id, key.id]);
  });

  it("refuses one key more than the bound, and has room again for each that is revoked", async () => {
    const { key } = await made();
    await runInDurableObject(stub(), (_, { storage }) => {
      const row = storage.sql.exec<{ data: string }>("SELECT data FROM api_key").one();
      for (let n = 1; n < MAX_ISSUED_KEYS; n += 1) {
        const id = n.toString(16).padStart(16, "0");
        const data = JSON.stringify({ ...JSON.parse(row.data), id });
        storage.sql.exec("INSERT INTO api_key VALUES (?, 1, ?)", id, data);
      }
    });
    await evictDurableObject(stub());
    const more = { name: "more", scopes: [], expiresAtMs: 0, createdBy: "test" };
    expect(await keys().create(more)).toMatchObject({ ok: false, error: "too_many" });
    const set = await keys().keySet(-1);
    expect(checkKeySet(set)?.keys.size).toBe(MAX_ISSUED_KEYS);
    expect(JSON.stringify(set).length).toBeLessThan(130 * MAX_ISSUED_KEYS);
    await keys().revoke(key.id);
    expect(await keys().create(more)).toMatchObject({ ok: true });
  });

  it("leaves rows of a later version alone", async () => {
    const { key } = await made();
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec("UPDATE api_key SET version = 2");
    });
    await evictDurableObject(stub());
    expect(await keys().list()).toEqual([]);
    expect(await keys().revoke(key.id)).toBeNull();
    const kept = await runInDurableObject(stub(), (_, { storage }) =>
      storage.sql.exec("SELECT * FROM api_key").toArray(),
    );
    expect(kept).toHaveLength(1);
  });
});

describe("an isolate beside the object", () => {
  const provider: ApiKeyProvider = {
    type: "api-key",
    name: NAME,
    from: [{ type: "header", name: "x-api-key", prefix: "" }],
    keys: [],
    issued: { refreshMs: 1_000, keepMs: 60_000, timeoutMs: 60_000 },
    forward: false,
  };
  const caller = (text: string, nowMs: number): Caller & { readonly waiting: Promise<unknown>[] } => {
    const waiting: Promise<unknown>[] = [];
    const request = new Request("https://shop.example.com/", { headers: { "x-api-key": text } });
    const at = { host: "shop.example.com", path: "/", query: "", clientIp: "", nowMs };
    return { request, ...at, env: { ...testEnv }, waitUntil: (promise) => waiting.push(promise), waiting };
  };

  it("believes a key as soon as it is made, and no longer once it is revoked and twice refresh has passed", async () => {
    const open = openApiKeys(provider, null);
    const nowMs = Date.now();
    const one = await made("one");
    expect(await open.check(caller(one.text, nowMs))).toMatchObject({ ok: true, principal: { id: "one" } });
    const other = await made("other");
    expect(await open.check(caller(other.text, nowMs + 2_001))).toMatchObject({ ok: true, principal: { id: "other" } });
    await keys().revoke(one.key.id);
    const refused = await open.check(caller(one.text, nowMs + 4_500));
    expect(refused).toMatchObject({ ok: false, kind: "unauthenticated", why: "unknown key" });
  });
});
