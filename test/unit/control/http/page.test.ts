import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCursor, encodeCursor, type Page, pageAfter } from "../../../../workers/control/http/page.ts";

describe("pages", () => {
  it("put together are the list, whatever their size", () => {
    const lists = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1 }), { maxLength: 40 });
    const property = fc.property(lists, fc.integer({ min: 1, max: 10 }), (names, limit) => {
      const all = [...names].sort();
      const read: string[] = [];
      let cursor: string | null = null;
      do {
        const { items, next }: Page<string> = pageAfter(
          all,
          (one) => one,
          cursor === null ? null : decodeCursor(cursor),
          limit,
        );
        read.push(...items);
        cursor = next;
      } while (cursor !== null);
      expect(read).toEqual(all);
    });
    fc.assert(property, { seed: 1 });
  });

  it("go on behind what has gone meanwhile", () => {
    expect(pageAfter(["a", "c", "d"], (one) => one, "b", 2)).toEqual({ items: ["c", "d"], next: null });
    expect(pageAfter(["a"], (one) => one, "z", 2)).toEqual({ items: [], next: null });
  });
});

describe("cursors", () => {
  it("come back as they were, in letters that a URL has", () => {
    const property = fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const cursor = encodeCursor(text);
      expect(cursor).toMatch(/^[A-Za-z0-9_-]*$/);
      expect(decodeCursor(cursor)).toBe(text);
    });
    fc.assert(property, { seed: 2 });
  });

  it.each(["a", "____", "gICA"])("are not %s", (cursor) => {
    expect(decodeCursor(cursor)).toBeNull();
  });
});
