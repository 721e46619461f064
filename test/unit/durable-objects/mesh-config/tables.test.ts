import { describe, expect, it } from "vitest";
import { cut } from "../../../../durable-objects/mesh-config/tables.ts";

describe("the pieces of a text", () => {
  it("together are the text, each below a megabyte", () => {
    const text = "€".repeat(700_001);
    const pieces = cut(text);
    expect(pieces.join("")).toBe(text);
    expect(Math.max(...pieces.map((piece) => new TextEncoder().encode(piece).length))).toBeLessThan(1_000_000);
  });

  it("are one, and empty, for an empty text", () => {
    expect(cut("")).toEqual([""]);
  });

  it("tear no character apart", () => {
    const text = `x${"😀".repeat(400_000)}`;
    const pieces = cut(text);
    expect(pieces.join("")).toBe(text);
    const utf8 = pieces.map((piece) => new TextDecoder().decode(new TextEncoder().encode(piece)));
    expect(utf8.join("")).toBe(text);
  });
});
