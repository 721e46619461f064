import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ACCESS_CONTROL_NAME } from "../../../durable-objects/access-control/access-control.ts";
import type { AuditEvent } from "../../../durable-objects/access-control/audit.ts";
import { parseToken, sha256 } from "../../../durable-objects/access-control/token.ts";
import type { AccessControlCalls } from "../../../workers/control/environment.ts";

const stub = () =>
  (env as unknown as { ACCESS_CONTROL: DurableObjectNamespace }).ACCESS_CONTROL.getByName(ACCESS_CONTROL_NAME);
const access = () => stub() as unknown as AccessControlCalls;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

async function made(life: number = HOUR_MS) {
  const reply = await access().createToken({
    name: "ci",
    scopes: ["read"],
    services: null,
    expiresAtMs: Date.now() + life,
    createdBy: "test",
  });
  if (!reply.ok) throw new Error(reply.detail);
  const { id, secret } = parseToken(reply.secret)!;
  return { id, secret, present: { id, secretHash: await sha256(secret), address: "192.0.2.1" } };
}

const event = (more: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: "person",
  actor: "ann",
  via: "token",
  from: { address: "192.0.2.1", country: "CH" },
  action: "config.apply",
  target: "1",
  service: null,
  before: null,
  after: { version: 1 },
  requestId: "r",
  ...more,
});

function atTime(nowMs: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
}

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

describe("AccessControl, tokens", () => {
  it("knows a token again after it was evicted, and keeps no secret of it", async () => {
    const { secret, present } = await made();
    await evictDurableObject(stub());
    expect(await access().verify(present)).toMatchObject({ ok: true, token: { name: "ci", scopes: ["read"] } });
    const rows = await runInDurableObject(stub(), (_, { storage }) =>
      JSON.stringify(storage.sql.exec("SELECT * FROM token").toArray()),
    );
    expect(rows).not.toContain(secret);
    expect(JSON.stringify(await access().listTokens())).not.toMatch(/secret|hash/i);
  });

  it("says the same of unknown, wrong, revoked and expired ones", async () => {
    const { id, present } = await made();
    const short = await made(1_000);
    const refused = { ok: false, error: "refused" };
    expect(await access().verify({ ...present, id: "0".repeat(16) })).toEqual(refused);
    expect(await access().verify({ ...present, secretHash: await sha256("other") })).toEqual(refused);
    expect(await access().verify({ ...present, id: null })).toEqual(refused);
    await access().revokeToken(id);
    expect(await access().verify(present)).toEqual(refused);
    atTime(Date.now() + 2_000);
    expect(await access().verify(short.present)).toEqual(refused);
  });

  it("does not take the digest that stands for no token", async () => {
    expect(await access().verify({ id: "f".repeat(16), secretHash: "0".repeat(64), address: "" })).toMatchObject({
      ok: false,
    });
  });

  it("notes when a token was used, by the hour", async () => {
    const { present } = await made(10 * HOUR_MS);
    const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    await access().verify(present);
    const used = async () => (await access().listTokens())[0]!.lastUsedAtMs;
    expect(await used()).toBe(hour);
    atTime(hour + 3 * HOUR_MS + 5_000);
    await access().verify(present);
    expect(await used()).toBe(hour + 3 * HOUR_MS);
  });

  it("forgets what has ended a month ago", async () => {
    await made(1_000);
    atTime(Date.now() + 31 * DAY_MS);
    await made();
    expect(await access().listTokens()).toHaveLength(1);
  });

  it("leaves rows of a later version of the code alone", async () => {
    const { id, present } = await made();
    await runInDurableObject(stub(), (_, { storage }) => void storage.sql.exec("UPDATE token SET version = 99"));
    await evictDurableObject(stub());
    expect(await access().verify(present)).toMatchObject({ ok: false });
    expect(await access().revokeToken(id)).toBeNull();
    const rows = await runInDurableObject(stub(), (_, { storage }) =>
      storage.sql.exec("SELECT id FROM token").toArray(),
    );
    expect(rows).toEqual([{ id }]);
  });
});

describe("AccessControl, answers", () => {
  const answer = { status: 201, headers: { etag: '"1"' }, body: "{}" };

  it("gives a kept answer for a day, also after it was evicted", async () => {
    expect(await access().claim("k", "f")).toMatchObject({ state: "new" });
    expect(await access().claim("k", "f")).toMatchObject({ state: "busy" });
    await access().keepAnswer("k", "f", answer);
    await evictDurableObject(stub());
    expect(await access().claim("k", "f")).toMatchObject({ state: "answered", answer });
    expect(await access().claim("k", "other")).toMatchObject({ state: "other" });
    atTime(Date.now() + DAY_MS + 1);
    expect(await access().claim("k", "other")).toMatchObject({ state: "new" });
  });

  it("gives a key free that was given up, and one whose request has died", async () => {
    await access().claim("k", "f");
    await access().abandonClaim("k", "f");
    expect(await access().claim("k", "g")).toMatchObject({ state: "new" });
    atTime(Date.now() + 61_000);
    expect(await access().claim("k", "h")).toMatchObject({ state: "new" });
  });

  it("keeps of an answer that is too long that there was one", async () => {
    await access().claim("k", "f");
    await access().keepAnswer("k", "f", { ...answer, body: "x".repeat(300_000) });
    expect(await access().claim("k", "f")).toMatchObject({ state: "answered", answer: { status: 201, body: "" } });
  });
});

describe("AccessControl, the audit log", () => {
  it("gives entries newest first, in pages, after an eviction too", async () => {
    for (let i = 1; i <= 5; i++) await access().record(event({ target: String(i) }));
    await evictDurableObject(stub());
    const first = await access().readAudit({ limit: 2 });
    expect([first.items.map(({ target }) => target), first.next]).toEqual([["5", "4"], 4]);
    const second = await access().readAudit({ limit: 5, before: first.next! });
    expect([second.items.map(({ target }) => target), second.next]).toEqual([["3", "2", "1"], null]);
  });

  it("filters by who, what, where and when", async () => {
    const atMs = Date.now();
    await access().record(event());
    await access().record(event({ actor: "bob", action: "override.drain", service: "shop" }));
    await access().record(event({ kind: "instance", action: "registration.add", service: "shop" }));
    const count = async (query: object) => (await access().readAudit({ limit: 10, ...query })).items.length;
    expect(await count({ actor: "bob" })).toBe(1);
    expect(await count({ action: "override" })).toBe(1);
    expect(await count({ action: "over" })).toBe(0);
    expect(await count({ action: "%" })).toBe(0);
    expect(await count({ service: "shop" })).toBe(2);
    expect(await count({ kind: "person" })).toBe(2);
    expect(await count({ sinceMs: atMs + DAY_MS })).toBe(0);
    expect(await count({ untilMs: atMs })).toBe(0);
  });

  it("is bounded by age, and instances cannot push people out", async () => {
    await access().record(event({ target: "person" }));
    await runInDurableObject(stub(), (_, { storage }) => {
      const row = JSON.stringify(event({ kind: "instance", target: "instance" }));
      for (let i = 0; i < 10_150; i++) {
        storage.sql.exec(
          "INSERT INTO audit (version, at_ms, kind, actor, action, service, data) VALUES (1, ?, 'instance', 'a', 'b', NULL, ?)",
          Date.now(),
          row,
        );
      }
    });
    for (let i = 0; i < 101; i++) await access().record(event({ kind: "instance" }));
    const kinds = await runInDurableObject(stub(), (_, { storage }) =>
      storage.sql.exec("SELECT kind, count(*) AS n FROM audit GROUP BY kind ORDER BY kind").toArray(),
    );
    expect(kinds).toEqual([
      { kind: "instance", n: expect.any(Number) },
      { kind: "person", n: 1 },
    ]);
    // Forgetting comes once in a hundred entries.
    expect((kinds[0] as { n: number }).n).toBeLessThanOrEqual(10_100);
    atTime(Date.now() + 401 * DAY_MS);
    for (let i = 0; i < 101; i++) await access().record(event());
    expect((await access().readAudit({ limit: 1_000 })).items.every(({ target }) => target === "1")).toBe(true);
  });
});
