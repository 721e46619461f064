import { describe, expect, it } from "vitest";
import { drawToken, formatToken, parseToken, sha256 } from "../../../../durable-objects/access-control/token.ts";

describe("tokens", () => {
  it("are read as they were drawn, and never drawn twice", () => {
    const drawn = Array.from({ length: 200 }, drawToken);
    for (const one of drawn) expect(parseToken(formatToken(one))).toEqual(one);
    expect(new Set(drawn.map(({ secret }) => secret)).size).toBe(200);
    expect(drawn[0]!.secret).toHaveLength(43);
  });

  it.each([
    "",
    "hdl_",
    "hdl_0123456789abcdef_short",
    `hdl_0123456789ABCDEF_${"a".repeat(43)}`,
    `hdl_0123456789abcdef_${"a".repeat(44)}`,
    `xhdl_0123456789abcdef_${"a".repeat(43)}`,
  ])("are not %j", (text) => {
    expect(parseToken(text)).toBeNull();
  });

  it("are kept as the SHA-256 of their secret", async () => {
    expect(await sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
