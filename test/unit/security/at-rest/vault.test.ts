import { describe, expect, it } from "vitest";
import { isSealed, openVault, type Place } from "../../../../src/security/at-rest/vault.ts";

const OLD = "old-0123456789abcdef0123456789abcdef";
const NEW = "new-0123456789abcdef0123456789abcdef";
const place: Place = { purpose: "audit", row: "7" };
const text = 'services: { shop: … } # "größer" \u{1f600}';

describe("a vault", () => {
  it("gives back what was sealed, which is not to be seen in it", async () => {
    const vault = openVault(OLD);
    const stored = await vault.seal(place, text);
    expect(isSealed(stored)).toBe(true);
    expect(stored).not.toContain("shop");
    expect(Buffer.from(stored.split(".").at(-1)!, "base64url").includes("shop")).toBe(false);
    expect(await vault.open(place, stored)).toEqual({ ok: true, text });
  });

  it("seals the same text differently each time", async () => {
    const vault = openVault(OLD);
    const sealed = await Promise.all(Array.from({ length: 50 }, () => vault.seal(place, text)));
    expect(new Set(sealed).size).toBe(50);
  });

  it.each(["", "x", "\ufeffbom", "a".repeat(6_000_000)])("takes any text", async (any) => {
    const vault = openVault(OLD);
    expect(await vault.open(place, await vault.seal(place, any))).toEqual({ ok: true, text: any });
  });

  it.each([
    ["another row", { purpose: "audit", row: "8" }],
    ["another table", { purpose: "answer", row: "7" }],
    ["a place that is written alike", { purpose: 'audit","7', row: "" }],
  ])("does not open what was moved to %s", async (_, other) => {
    const vault = openVault(OLD);
    expect(await vault.open(other, await vault.seal(place, text))).toMatchObject({ ok: false, error: "broken" });
  });

  it("does not open what was changed anywhere", async () => {
    const vault = openVault(OLD);
    const stored = await vault.seal(place, "short");
    const from = stored.lastIndexOf(".") + 1;
    for (let at = from; at < stored.length; at += 1) {
      const changed = `${stored.slice(0, at)}${stored[at] === "A" ? "B" : "A"}${stored.slice(at + 1)}`;
      expect((await vault.open(place, changed)).ok).toBe(false);
    }
    for (const cut of [from, from + 4, stored.length - 4]) {
      expect((await vault.open(place, stored.slice(0, cut))).ok).toBe(false);
    }
  });

  it("reads under every key that it has, and writes under the first", async () => {
    const before = await openVault(OLD).seal(place, text);
    const vault = openVault(`${NEW}, ${OLD}`);
    expect(await vault.open(place, before)).toEqual({ ok: true, text });
    const after = await vault.seal(place, text);
    const mark = await vault.currentMark();
    expect([before.startsWith(mark), after.startsWith(mark)]).toEqual([false, true]);
    expect(await openVault(NEW).open(place, after)).toEqual({ ok: true, text });
  });

  it("says which key is missing, and nothing of the keys it has", async () => {
    const stored = await openVault(OLD).seal(place, text);
    const opened = await openVault(NEW).open(place, stored);
    expect(opened).toMatchObject({ ok: false, error: "unknown_key" });
    expect(JSON.stringify(opened)).toContain(stored.split(".")[2]);
    expect(JSON.stringify(opened)).not.toMatch(/old-|new-/);
    expect(await openVault(undefined).open(place, stored)).toMatchObject({ ok: false, error: "unknown_key" });
  });

  it("reads what was stored before there was a key, and without a key stores as it is", async () => {
    expect(await openVault(OLD).open(place, text)).toEqual({ ok: true, text });
    const open = openVault("");
    expect([await open.seal(place, text), await open.currentMark(), open.isLocked]).toEqual([text, "", false]);
  });

  it("has marks to search by: the same for the same text, of each key, and the text itself for rows of before", async () => {
    const [mark, plain] = await openVault(OLD).marksOf(place, "ada@example.com");
    expect(mark).not.toContain("ada");
    expect(plain).toBe("ada@example.com");
    const rotated = await openVault(`${NEW},${OLD}`).marksOf(place, "ada@example.com");
    expect(rotated).toHaveLength(3);
    expect(rotated).toContain(mark);
    expect(await openVault(OLD).marksOf({ purpose: "answer" }, "ada@example.com")).not.toContain(mark);
  });

  it.each([
    [undefined, /is not set/],
    ["", /is not set/],
    ["short", /can be guessed/],
    [`${OLD},short`, /can be guessed/],
    [Array.from({ length: 9 }, (_, i) => `${OLD}${i}`).join(), /more than 8 keys/],
    [OLD, /^$/],
  ])("says what is wrong with its keys", (secret, problem) => {
    expect(openVault(secret).problem).toMatch(problem);
  });
});
