import { describe, expect, it } from "vitest";
import { createNonceStore } from "../../../src/verify/index.ts";

describe("the store of nonces", () => {
  it("takes each once, until it ends", () => {
    const store = createNonceStore();
    expect([store.take("a", 100, 0), store.take("a", 100, 50), store.take("a", 300, 101)]).toEqual([true, false, true]);
  });

  it("takes none twice in the last millisecond in which it is good", () => {
    const store = createNonceStore(1);
    expect([store.take("a", 5_000, 5_000), store.take("a", 5_000, 5_000), store.take("b", 9_000, 5_000)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(store.take("a", 5_000, 5_000)).toBe(false);
  });

  it("refuses when it is full of what is still good, and takes again when that has ended", () => {
    const store = createNonceStore(2);
    expect([store.take("a", 5_000, 0), store.take("b", 9_000, 0), store.take("c", 9_000, 0)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(store.take("a", 5_000, 1)).toBe(false);
    expect([store.take("c", 9_000, 6_000), store.take("d", 9_000, 6_000)]).toEqual([true, false]);
  });
});
