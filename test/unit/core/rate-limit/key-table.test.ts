import { describe, expect, it } from "vitest";
import { createKeyTable, FLOOR, give, isTaken, slotFor, slotOf } from "../../../../src/core/rate-limit/key-table.ts";

describe("a table of keys", () => {
  it("gives each key a slot of its own until it is full", () => {
    const table = createKeyTable(3);
    for (const key of ["a", "b", "c"]) {
      const slot = slotFor(table, () => 0);
      expect(isTaken(table, slot)).toBe(false);
      give(table, slot, key);
    }
    expect(["a", "b", "c", "d"].map((key) => slotOf(table, key))).toEqual([1, 2, 3, FLOOR]);
  });

  it("lets the key leave that has used least of those that it looks at", () => {
    const used = [0, 9, 5, 1, 7];
    const table = createKeyTable(4);
    for (const key of ["a", "b", "c", "d"])
      give(
        table,
        slotFor(table, () => 0),
        key,
      );
    const slot = slotFor(table, (at) => used[at]!);
    expect(table.keys[slot]).toBe("c");
    expect(isTaken(table, slot)).toBe(true);
    give(table, slot, "e");
    expect([slotOf(table, "c"), slotOf(table, "e")]).toEqual([FLOOR, slot]);
    expect(table.slots.size).toBe(4);
  });

  it("comes round to every key, however large it is", () => {
    const table = createKeyTable(100);
    for (let n = 0; n < 100; n += 1)
      give(
        table,
        slotFor(table, () => 0),
        `k${n}`,
      );
    const seen = new Set<number>();
    const look = (slot: number) => {
      seen.add(slot);
      return 1;
    };
    for (let n = 0; n < 7; n += 1) slotFor(table, look);
    expect(seen.size).toBe(100);
  });

  it("takes any key when all have used without bound", () => {
    const table = createKeyTable(2);
    for (const key of ["a", "b"])
      give(
        table,
        slotFor(table, () => 0),
        key,
      );
    expect(slotFor(table, () => Number.POSITIVE_INFINITY)).toBeGreaterThan(FLOOR);
  });
});
