import { describe, expect, it } from "vitest";
import { checkWord, checkWords, type RolloutWord, takeWord } from "../../../../src/core/rollout/word.ts";

const word: RolloutWord = { name: "shop", stable: "old", canary: "new", percent: 5, revision: 3 };

describe("a word", () => {
  it("passes its check, and keeps what is known of it only", () => {
    expect(checkWord({ ...word, later: 1 })).toEqual(word);
  });

  it.each([
    ["nothing", null],
    ["too much", { ...word, percent: 101 }],
    ["too little", { ...word, percent: -1 }],
    ["not a number", { ...word, percent: Number.NaN }],
    ["without a name", { ...word, name: undefined }],
    ["named too long", { ...word, canary: "x".repeat(257) }],
    ["of no revision", { ...word, revision: 0 }],
  ])("is none when it is %s", (_, value) => {
    expect(checkWord(value)).toBeNull();
    expect(checkWords([value, word])).toEqual([word]);
  });

  it("is news when it is the first of its name, or later", () => {
    const words = new Map<string, RolloutWord>();
    expect(
      [word, word, { ...word, revision: 2 }, { ...word, revision: 4, percent: 9 }].map((one) => takeWord(words, one)),
    ).toEqual([true, false, false, true]);
    expect(words.get("shop")?.percent).toBe(9);
  });

  it("takes the place of the one said longest ago where there are too many", () => {
    const words = new Map<string, RolloutWord>();
    for (let i = 0; i < 100; i++) takeWord(words, { ...word, name: `r${i}` });
    expect(words.size).toBe(64);
    expect(words.has("r35")).toBe(false);
    expect(words.has("r36")).toBe(true);
  });
});
