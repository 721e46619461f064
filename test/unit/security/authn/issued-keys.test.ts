/** Keys that the control plane made, as an isolate learns of them: the object is a real answer by hand, the clock is the caller's. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { checkKeySet, type IssuedKeyRow, type IssuedKeysReply, issuedKeyId } from "../../../../src/core/issued-keys.ts";
import type { ApiKeyProvider } from "../../../../src/core/mesh.ts";
import { type OpenApiKeys, openApiKeys } from "../../../../src/security/authn/api-key.ts";
import { callerOf, type TestCaller } from "./providers.ts";

const START_MS = Date.UTC(2026, 5, 1);
const REFRESH_MS = 15_000;
const KEEP_MS = 3_600_000;
const PROVIDER: ApiKeyProvider = {
  type: "api-key",
  name: "partners",
  from: [{ type: "header", name: "x-api-key", prefix: "" }],
  keys: [{ name: "fixed", sha256: digestOf("fixed-key"), scopes: [], expiresAtMs: 0 }],
  issued: { refreshMs: REFRESH_MS, keepMs: KEEP_MS, timeoutMs: 1_000 },
  forward: false,
};

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The n-th key. */
function keyText(n: number): string {
  return `hdk_${n.toString(16).padStart(16, "0")}_${String(n).padStart(43, "s")}`;
}

function rowOf(n: number, { name = `caller-${n}`, expiresAtMs = 0 } = {}): IssuedKeyRow {
  return [issuedKeyId(keyText(n))!, digestOf(keyText(n)), name, ["read"], expiresAtMs];
}

/** What the object has, and how it answers. */
class Objects {
  revision = 1;
  keys: IssuedKeyRow[] = [rowOf(1)];
  asked = 0;
  whole = 0;
  answer: "well" | "throws" | "never" | "nonsense" = "well";

  readonly namespace = {
    idFromName: (name: string) => ({ toString: () => `id-of-${name}` }),
    getByName: () => ({ keySet: (known: number) => this.#keySet(known) }),
  };

  change(keys: IssuedKeyRow[]): void {
    this.keys = keys;
    this.revision += 1;
  }

  async #keySet(known: number): Promise<IssuedKeysReply> {
    this.asked += 1;
    if (this.answer === "throws") throw new Error("gone");
    if (this.answer === "never") return new Promise(() => {});
    if (this.answer === "nonsense") return { revision: -1 } as never;
    if (known === this.revision) return { current: true, revision: known };
    this.whole += 1;
    return { current: false, revision: this.revision, keys: this.keys };
  }
}

/** The data centre's cache, in this process. */
function fakeCache() {
  const kept = new Map<string, string>();
  return {
    kept,
    default: {
      match: async (key: string) => (kept.has(key) ? new Response(kept.get(key)) : undefined),
      put: async (key: string, response: Response) => void kept.set(key, await response.text()),
    },
  };
}

let objects: Objects;
let nowMs: number;

function at(afterMs: number): void {
  nowMs = START_MS + afterMs;
  vi.setSystemTime(nowMs);
}

function caller(key: string, env: Record<string, unknown> = { API_KEYS: objects.namespace }): TestCaller {
  return callerOf({ "x-api-key": key }, { env, nowMs });
}

/** What is said of a key, and whether somebody had to wait for it. */
async function says(open: OpenApiKeys, key: string, env?: Record<string, unknown>) {
  const from = caller(key, env);
  const check = open.check(from);
  const waited = check instanceof Promise;
  const result = await check;
  const background = from.waiting.length;
  await Promise.all(from.waiting);
  if (result === null) return { is: "nobody", waited, background };
  return { is: result.ok ? result.principal.id : `${result.kind}: ${result.why}`, waited, background };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  objects = new Objects();
  at(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("issued keys", () => {
  it("are asked for by the first caller who brings one, who waits; after that nobody does", async () => {
    const open = openApiKeys(PROVIDER, null);
    expect(await says(open, keyText(1))).toMatchObject({ is: "caller-1", waited: true });
    expect(await says(open, keyText(1))).toEqual({ is: "caller-1", waited: false, background: 0 });
    expect(objects.asked).toBe(1);
  });

  it("leave keys of the config alone: nobody is asked about those", async () => {
    const open = openApiKeys(PROVIDER, null);
    expect(await says(open, "fixed-key")).toMatchObject({ is: "fixed" });
    expect(await says(open, "some other text")).toMatchObject({ is: "unauthenticated: unknown key" });
    expect(objects.asked).toBe(0);
  });

  it("are known by the whole text, not by the id", async () => {
    const open = openApiKeys(PROVIDER, null);
    await says(open, keyText(1));
    const forged = `${keyText(1).slice(0, -1)}x`;
    expect(issuedKeyId(forged)).toBe(issuedKeyId(keyText(1)));
    expect(await says(open, forged)).toMatchObject({ is: "unauthenticated: unknown key" });
  });

  it("are refreshed behind a request when they are old, and waited for when they are twice as old", async () => {
    const open = openApiKeys(PROVIDER, null);
    await says(open, keyText(1));
    at(REFRESH_MS + 1);
    expect(await says(open, keyText(1))).toEqual({ is: "caller-1", waited: false, background: 1 });
    expect([objects.asked, objects.whole]).toEqual([2, 1]);
    at(3 * REFRESH_MS + 2);
    expect(await says(open, keyText(1))).toMatchObject({ is: "caller-1", waited: true });
    expect([objects.asked, objects.whole]).toEqual([3, 1]);
  });

  it("are never believed for longer than twice refresh after they were revoked, whenever requests come", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 200_000 }),
        async (gapsMs, revokedMs) => {
          objects = new Objects();
          at(0);
          const open = openApiKeys(PROVIDER, null);
          await says(open, keyText(1));
          let passedMs = 0;
          let isRevoked = false;
          for (const gapMs of gapsMs) {
            passedMs += gapMs;
            if (!isRevoked && passedMs >= revokedMs) {
              objects.change([]);
              isRevoked = true;
            }
            at(passedMs);
            const { is } = await says(open, keyText(1));
            if (passedMs > revokedMs + 2 * REFRESH_MS) expect(is).toMatch(/^unauthenticated/);
            if (passedMs < revokedMs) expect(is).toBe("caller-1");
          }
        },
      ),
      { seed: 7, numRuns: 200 },
    );
  });

  it("are asked for at once for a key that is not known, and then not sooner than the floor", async () => {
    const open = openApiKeys(PROVIDER, null);
    await says(open, keyText(1));
    objects.change([rowOf(1), rowOf(2)]);
    at(2_500);
    expect(await says(open, keyText(2))).toMatchObject({ is: "caller-2", waited: true });
    const { asked } = objects;
    for (let n = 10; n < 200; n += 1) {
      expect((await says(open, keyText(n))).is).toMatch(/unknown key/);
    }
    expect(objects.asked).toBe(asked);
    at(5_000);
    for (let n = 10; n < 200; n += 1) await says(open, keyText(n));
    expect(objects.asked).toBe(asked + 1);
  });

  it("are asked for once when many callers come at the same time", async () => {
    const open = openApiKeys(PROVIDER, null);
    // The real clock, since callers that wait look at it.
    vi.useRealTimers();
    nowMs = Date.now();
    const all = await Promise.all(Array.from({ length: 50 }, () => says(open, keyText(1))));
    expect(new Set(all.map(({ is }) => is))).toEqual(new Set(["caller-1"]));
    expect(objects.asked).toBe(1);
  });

  it("end at their time without anybody being asked", async () => {
    objects.keys = [rowOf(1, { expiresAtMs: START_MS + 5_000 })];
    const open = openApiKeys(PROVIDER, null);
    expect(await says(open, keyText(1))).toMatchObject({ is: "caller-1" });
    at(4_999);
    expect(await says(open, keyText(1))).toMatchObject({ is: "caller-1" });
    at(5_000);
    expect(await says(open, keyText(1))).toMatchObject({ is: "unauthenticated: key caller-1 has expired" });
    expect(objects.asked).toBe(1);
  });

  it.each(["throws", "nonsense"] as const)(
    "stay as they are while the object %s, until keep; one request waits",
    async (answer) => {
      const open = openApiKeys(PROVIDER, null);
      await says(open, keyText(1));
      objects.answer = answer;
      at(60_000);
      expect(await says(open, keyText(1))).toMatchObject({ is: "caller-1", waited: true });
      for (let s = 61; s < 3_600; s += 61) {
        at(s * 1_000);
        expect(await says(open, keyText(1))).toMatchObject({ is: "caller-1", waited: false });
      }
      expect(open.problem!({ API_KEYS: {} })).toMatch(/^issued keys: .*those of 2026-06-01T00:00:00.000Z stay$/);
      at(KEEP_MS + 1);
      expect((await says(open, keyText(1))).is).toMatch(/^unavailable/);
      expect(await says(open, "fixed-key")).toMatchObject({ is: "fixed" });
      objects.answer = "well";
      at(KEEP_MS + 60_000);
      expect(await says(open, keyText(1))).toMatchObject({ is: "caller-1" });
      expect(open.problem!({ API_KEYS: {} })).toBe("");
    },
  );

  it("are not waited for beyond the timeout", async () => {
    objects.answer = "never";
    const open = openApiKeys({ ...PROVIDER, issued: { ...PROVIDER.issued!, timeoutMs: 20 } }, null);
    expect((await says(open, keyText(1))).is).toBe("unavailable: the object of issued keys is too slow");
    expect((await says(open, keyText(1))).waited).toBe(true);
    expect(objects.asked).toBe(1);
  });

  it("are none without the binding, which is a problem that is told", async () => {
    const open = openApiKeys(PROVIDER, null);
    expect(open.problem!({})).toBe("issued keys: there is no binding API_KEYS");
    expect((await says(open, keyText(1), {})).is).toBe("unavailable: there is no binding API_KEYS");
    expect(open.problem!({})).toBe("issued keys: there is no binding API_KEYS");
  });

  it("go on when the config of their provider changes", async () => {
    const open = openApiKeys(PROVIDER, null);
    await says(open, keyText(1));
    const next = openApiKeys({ ...PROVIDER, forward: true }, open.issued);
    expect(await says(next, keyText(1))).toMatchObject({ is: "caller-1" });
    expect(objects.asked).toBe(1);
  });
});

describe("issued keys of a data centre", () => {
  it("are asked for by one isolate for all, and counted from when it asked", async () => {
    vi.stubGlobal("caches", fakeCache());
    const [one, other] = [openApiKeys(PROVIDER, null), openApiKeys(PROVIDER, null)];
    await says(one, keyText(1));
    at(10_000);
    expect(await says(other, keyText(1))).toMatchObject({ is: "caller-1", waited: true });
    expect([objects.asked, objects.whole]).toEqual([1, 1]);
    objects.change([]);
    at(2 * REFRESH_MS + 1);
    // Ten seconds old when it was taken: twice refresh is over for both.
    expect((await says(other, keyText(1))).is).toMatch(/^unauthenticated/);
    expect((await says(one, keyText(1))).is).toMatch(/^unauthenticated/);
    expect(objects.asked).toBe(2);
  });

  it("are there for a cold isolate when the object is not, until keep", async () => {
    vi.stubGlobal("caches", fakeCache());
    await says(openApiKeys(PROVIDER, null), keyText(1));
    objects.answer = "throws";
    at(KEEP_MS - 1_000);
    expect((await says(openApiKeys(PROVIDER, null), keyText(1))).is).toBe("caller-1");
    at(KEEP_MS + 1_000);
    expect((await says(openApiKeys(PROVIDER, null), keyText(1))).is).toMatch(/^unavailable/);
  });

  it("are not taken from a cache that holds something else", async () => {
    const cache = fakeCache();
    vi.stubGlobal("caches", cache);
    await says(openApiKeys(PROVIDER, null), keyText(1));
    for (const key of cache.kept.keys())
      if (key.includes("/set/")) cache.kept.set(key, '{"revision":1,"keys":[["x"]]}');
    expect((await says(openApiKeys(PROVIDER, null), keyText(1))).is).toBe("caller-1");
    expect(objects.asked).toBe(2);
  });
});

describe("checkKeySet", () => {
  it("takes what the object says, and nothing that is not quite that", () => {
    expect(checkKeySet({ revision: 3, keys: [rowOf(1)] })?.keys.get(rowOf(1)[0])).toMatchObject({ name: "caller-1" });
    const [id, sha256, name, scopes, expiresAtMs] = rowOf(1);
    for (const bad of [
      null,
      7,
      {},
      { revision: -1, keys: [] },
      { revision: 1.5, keys: [] },
      { revision: 1, keys: {} },
      { revision: 1, keys: [null] },
      { revision: 1, keys: [["short", sha256, name, scopes, expiresAtMs]] },
      { revision: 1, keys: [[id, sha256.slice(1), name, scopes, expiresAtMs]] },
      { revision: 1, keys: [[id, sha256, 7, scopes, expiresAtMs]] },
      { revision: 1, keys: [[id, sha256, name, [7], expiresAtMs]] },
      { revision: 1, keys: [[id, sha256, name, scopes, "0"]] },
      { revision: 1, keys: Array.from({ length: 10_001 }, (_, n) => rowOf(n)) },
    ]) {
      expect(checkKeySet(bad)).toBeNull();
    }
  });

  it("never throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (keys, revision) => {
        checkKeySet({ revision, keys });
        checkKeySet({ revision: 1, keys: [keys] });
        checkKeySet(keys);
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });
});
