import { describe, expect, it } from "vitest";
import type { ServiceRuntime } from "../../../../src/edge/service-runtime.ts";
import { isSignature, keyringOf, marksOf, signatureOf } from "../../../../src/edge/session/keyring.ts";

const KEY = "0123456789abcdef0123456789abcdef";
const OTHER = "fedcba9876543210fedcba9876543210";
const runtimeOf = (name: string, ids: readonly string[]) =>
  ({ state: { service: { name, endpoints: ids.map((id) => ({ id })) } } }) as unknown as ServiceRuntime;

describe("the keys in a secret", () => {
  it.each<[string, string | undefined, number]>([
    ["nothing", undefined, 0],
    ["no text", "", 0],
    ["a key", KEY, 1],
    ["two, with a space between", `${KEY}, ${OTHER}`, 2],
    ["a key that is too short", KEY.slice(1), 0],
    ["a good and a short one: nobody meant that", `${KEY},short`, 0],
  ])("of %s", (_, secret, count) => {
    expect(keyringOf(secret)).toHaveLength(count);
  });
});

describe("signatures", () => {
  const [key, other] = keyringOf(`${KEY},${OTHER}`);

  it("hold for what was signed, by the key that signed it", async () => {
    const signature = await signatureOf(key!, "seat 1.a.b.c");
    expect(signature).toMatch(/^[\w-]{43}$/);
    expect(await isSignature(key!, "seat 1.a.b.c", signature)).toBe(true);
    expect(await isSignature(key!, "seat 1.a.b.d", signature)).toBe(false);
    expect(await isSignature(other!, "seat 1.a.b.c", signature)).toBe(false);
    expect(await isSignature(key!, "seat 1.a.b.c", "A".repeat(43))).toBe(false);
  });

  it("are no marks, and marks are no signatures: each is made of a text of its own kind", async () => {
    const { of } = await marksOf(key!, runtimeOf("shop", ["a"]));
    const signature = await signatureOf(key!, "endpoint shop a");
    expect(signature.startsWith(of[0]!.slice(0, 10))).toBe(false);
  });
});

describe("marks", () => {
  const [key, other] = keyringOf(`${KEY},${OTHER}`);

  it("tell endpoints and services apart, and are the same in every isolate", async () => {
    const shop = await marksOf(key!, runtimeOf("shop", ["a", "b"]));
    const cart = await marksOf(key!, runtimeOf("cart", ["a", "b"]));
    expect(new Set([...shop.of, ...cart.of]).size).toBe(4);
    expect((await marksOf(keyringOf(KEY)[0]!, runtimeOf("shop", ["b"]))).of[0]).toBe(shop.of[1]);
    expect(shop.endpointOf.get(shop.of[1]!)).toBe(1);
    for (const mark of shop.of) expect(mark).toMatch(/^[\w-]{11}$/);
  });

  it("cannot be told without the key", async () => {
    const runtime = runtimeOf("shop", ["a"]);
    expect((await marksOf(other!, runtime)).of).not.toEqual((await marksOf(key!, runtime)).of);
  });

  it("are made once for a service of a mesh", async () => {
    const runtime = runtimeOf("shop", ["a", "b"]);
    expect(await marksOf(key!, runtime)).toBe(await marksOf(key!, runtime));
  });
});
