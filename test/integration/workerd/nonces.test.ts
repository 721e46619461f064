import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { createHmac } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { HmacProvider } from "../../../src/core/mesh.ts";
import type { NonceCalls } from "../../../src/core/nonces.ts";
import { openHmac } from "../../../src/security/authn/hmac.ts";
import type { Caller } from "../../../src/security/authn/outcome.ts";
import { testEnv } from "./stubs.ts";

const stub = () => testEnv.NONCES.getByName("partners/acme");
const nonces = () => stub() as unknown as NonceCalls;
const WINDOW_MS = 300_000;
const nonce = (n: number) => String(n).padStart(16, "n");
const take = (n: number, signedAtMs = Date.now()) =>
  nonces().take({ nonce: nonce(n), signedAtMs, windowMs: WINDOW_MS });

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

describe("Nonces", () => {
  it("takes a request once, over an eviction", async () => {
    expect([await take(1), await take(1), await take(2)]).toEqual(["taken", "known", "taken"]);
    await evictDurableObject(stub());
    expect([await take(1), await take(2), await take(3)]).toEqual(["known", "known", "taken"]);
  });

  it("takes one of many copies that come at once", async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, () => take(1)));
    expect(replies.filter((reply) => reply === "taken")).toHaveLength(1);
  });

  it("forgets what is too old to come again, and nothing else", async () => {
    const nowMs = Date.now();
    await take(1, nowMs);
    await take(2, nowMs + WINDOW_MS);
    vi.useFakeTimers({ toFake: ["Date"], now: nowMs + WINDOW_MS + 61_000 });
    expect(await runDurableObjectAlarm(stub())).toBe(true);
    const left = await runInDurableObject(stub(), (_, { storage }) =>
      storage.sql.exec<{ nonce: string }>("SELECT nonce FROM nonce").toArray(),
    );
    expect(left).toEqual([{ nonce: nonce(2) }]);
    expect(await runInDurableObject(stub(), (_, { storage }) => storage.getAlarm())).not.toBeNull();
    vi.setSystemTime(nowMs + 3 * WINDOW_MS);
    await runDurableObjectAlarm(stub());
    expect(await runInDurableObject(stub(), (_, { storage }) => storage.getAlarm())).toBeNull();
  });

  it("takes nothing that is no request", async () => {
    const good = { nonce: nonce(1), signedAtMs: 1, windowMs: 1_000 };
    for (const bad of [
      null,
      {},
      { ...good, nonce: "short" },
      { ...good, signedAtMs: "1" },
      { ...good, windowMs: 1e9 },
    ]) {
      expect(await nonces().take(bad as never)).toBe("invalid");
    }
  });
});

describe("isolates beside the object", () => {
  const SECRET = "0123456789abcdef0123456789abcdef";
  const provider: HmacProvider = {
    type: "hmac",
    name: "partners",
    keys: [{ id: "acme", secret: "ACME_KEY", scopes: [] }],
    windowMs: WINDOW_MS,
    maxNonces: 1_000,
    nonces: { timeoutMs: 60_000, onFailure: "refuse" },
    body: "ignored",
    maxBodyBytes: 0,
  };
  const signed = (value: string, env: Record<string, unknown> = { ...testEnv, ACME_KEY: SECRET }): Caller => {
    const nowMs = Date.now();
    const ts = String(Math.floor(nowMs / 1_000));
    const text = ["heddle-hmac-sha256", ts, value, "GET", "shop.example.com", "/", "UNSIGNED"].join("\n");
    const sig = createHmac("sha256", SECRET).update(text).digest("hex");
    const authorization = `Heddle-HMAC-SHA256 id=acme, ts=${ts}, nonce=${value}, sig=${sig}`;
    const request = new Request("https://shop.example.com/", { headers: { authorization } });
    const at = { host: "shop.example.com", path: "/", query: "", clientIp: "" };
    return { request, ...at, env, nowMs, waitUntil: () => {} };
  };

  it("take a signed request once, all together", async () => {
    const isolates = Array.from({ length: 10 }, () => openHmac(provider));
    const copies = await Promise.all(isolates.map((isolate) => isolate.check(signed(nonce(7)))));
    expect(copies.filter((check) => check?.ok === true)).toHaveLength(1);
    for (const check of copies) if (check?.ok === false) expect(check.why).toBe("it was taken before, elsewhere");
    expect(await isolates[0]!.check(signed(nonce(8)))).toMatchObject({ ok: true });
  });

  it("take none while the object is away, unless the config says that it may be away", async () => {
    const away = { getByName: () => ({ take: () => Promise.reject(new Error("away")) }) };
    const env = { NONCES: away, ACME_KEY: SECRET };
    expect(await openHmac(provider).check(signed(nonce(1), env))).toMatchObject({ ok: false, kind: "unavailable" });
    const slow = { getByName: () => ({ take: () => new Promise(() => {}) }) };
    const nonces = { timeoutMs: 20, onFailure: "allow" } as const;
    const open = openHmac({ ...provider, nonces });
    expect(await open.check(signed(nonce(1), { ...env, NONCES: slow }))).toMatchObject({ ok: true });
    expect(await open.check(signed(nonce(1), { ...env, NONCES: slow }))).toMatchObject({ ok: false });
  });
});
