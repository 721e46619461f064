import { describe, expect, it } from "vitest";
import { openRowVault } from "../../../../src/security/at-rest/row-vault.ts";
import { isSealed, openVault, type Place } from "../../../../src/security/at-rest/vault.ts";

const OLD = "old-0123456789abcdef0123456789abcdef";
const NEW = "new-0123456789abcdef0123456789abcdef";
const place: Place = { purpose: "event", row: '["shop:root:7"]' };
const text = '{"summary":"shop … größer \u{1f600}"}';

describe("a vault without promises", () => {
  it("opens what the one with promises has sealed, and the other way round", async () => {
    expect(openRowVault(OLD).open(place, await openVault(OLD).seal(place, text))).toEqual({ ok: true, text });
    const stored = openRowVault(OLD).seal(place, text);
    expect(await openVault(OLD).open(place, stored)).toEqual({ ok: true, text });
    expect(stored.startsWith(await openVault(OLD).currentMark())).toBe(true);
    expect(openRowVault(OLD).currentMark).toBe(await openVault(OLD).currentMark());
  });

  it("shows nothing of the text, and seals it differently each time", () => {
    const vault = openRowVault(OLD);
    const sealed = Array.from({ length: 50 }, () => vault.seal(place, text));
    expect(new Set(sealed).size).toBe(50);
    for (const stored of sealed) {
      expect(isSealed(stored)).toBe(true);
      expect(Buffer.from(stored.split(".").at(-1)!, "base64url").includes("shop")).toBe(false);
    }
  });

  it.each(["", "x", "\ufeffbom", "a".repeat(300_000)])("takes any text", (any) => {
    const vault = openRowVault(OLD);
    expect(vault.open(place, vault.seal(place, any))).toEqual({ ok: true, text: any });
  });

  it("does not open what was moved or changed", () => {
    const vault = openRowVault(OLD);
    const stored = vault.seal(place, text);
    const at = stored.length - 10;
    const changed = stored.slice(0, at) + (stored[at] === "A" ? "B" : "A") + stored.slice(at + 1);
    for (const [where, what] of [
      [{ ...place, row: '["shop:root:8"]' }, stored],
      [{ ...place, purpose: "fact" }, stored],
      [place, changed],
      [place, stored.slice(0, -30)],
      [place, `${vault.currentMark}!`],
      [place, vault.currentMark],
    ] as const) {
      expect(vault.open(where, what)).toMatchObject({ ok: false, error: "broken" });
    }
  });

  it("writes under the first key, reads all of them, and names one that is not there", () => {
    const old = openRowVault(OLD).seal(place, text);
    const both = openRowVault(`${NEW},${OLD}`);
    expect(both.open(place, old)).toEqual({ ok: true, text });
    expect(openRowVault(NEW).open(place, both.seal(place, text))).toEqual({ ok: true, text });
    expect(openRowVault(NEW).open(place, old)).toMatchObject({
      ok: false,
      error: "unknown_key",
      detail: expect.stringMatching(/storage key [0-9a-f]{8}, which/),
    });
  });

  it("stores as it is, and reads, what was never sealed where there is no key", () => {
    const vault = openRowVault(undefined);
    expect(vault).toMatchObject({ isLocked: false, currentMark: "" });
    expect(vault.seal(place, text)).toBe(text);
    expect(openRowVault(OLD).open(place, text)).toEqual({ ok: true, text });
    expect(vault.open(place, openRowVault(OLD).seal(place, text))).toMatchObject({ error: "unknown_key" });
  });
});
