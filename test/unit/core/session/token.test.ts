import { describe, expect, it } from "vitest";
import { claimsText, readToken } from "../../../../src/core/session/token.ts";

const claims = { mark: "AbC-_123456", beganAtMs: 1_795_000_000_000, seenAtMs: 1_795_000_123_456 };
const signature = "s".repeat(43);
const token = `${claimsText(claims)}.${signature}`;

describe("session tokens", () => {
  it("say what was put into them", () => {
    expect(readToken(token)).toEqual({ claims, signed: claimsText(claims), signature });
  });

  it.each([
    ["nothing", ""],
    ["another version", token.replace("1.", "2.")],
    ["a shorter mark", token.replace("AbC-", "Ab-")],
    ["a signature that is cut off", token.slice(0, -1)],
    ["something behind it", `${token}x`],
    ["other characters", token.replace("sss", "s+s")],
    ["upper case in a time", `1.AbC-_123456.A.b.${signature}`],
    ["a missing time", `1.AbC-_123456..b.${signature}`],
    ["times beyond all measure", `1.AbC-_123456.${"z".repeat(10)}.b.${signature}`],
    ["64 KiB of it", token.repeat(830)],
  ])("are none with %s", (_, text) => {
    expect(readToken(text)).toBeNull();
  });

  it("hold every time that a date can be", () => {
    const latest = { ...claims, beganAtMs: 0, seenAtMs: 36 ** 9 - 1 };
    expect(readToken(`${claimsText(latest)}.${signature}`)?.claims).toEqual(latest);
  });
});
