import { describe, expect, it } from "vitest";
import { differences, isSame, step } from "../../../../src/config/diff/fields.ts";
import { headers, inWords } from "../../../../src/config/diff/words.ts";

describe("the fields that differ", () => {
  it.each([
    ["a leaf", { a: { b: 1 } }, { a: { b: 2 } }, [{ path: "x.a.b", before: 1, after: 2 }]],
    ["a leaf that is new", {}, { a: { b: 2 } }, [{ path: "x.a.b", after: 2 }]],
    ["a leaf that is gone", { a: { b: null } }, { a: {} }, [{ path: "x.a.b", before: null }]],
    ["a list of values, whole", { a: [1, 2] }, { a: [1] }, [{ path: "x.a", before: [1, 2], after: [1] }]],
    ["a thing in a list", { a: [{ b: 1 }] }, { a: [{ b: 1 }, { b: 2 }] }, [{ path: "x.a[1].b", after: 2 }]],
    ["a value in the place of a group", { a: { b: 1 } }, { a: 1 }, [{ path: "x.a", before: { b: 1 }, after: 1 }]],
    ["nothing", { a: [{ b: [1] }] }, { a: [{ b: [1] }], c: undefined }, []],
  ])("are, for %s, its paths", (_, before, after, fields) => {
    expect(differences(before, after, "x")).toEqual(fields);
    expect(isSame(before, after)).toBe(fields.length === 0);
  });

  it("quotes a key that would not read as one", () => {
    expect([step("a", "b-1"), step("a", "b.c"), step("", "d")]).toEqual(["a.b-1", 'a["b.c"]', "d"]);
  });
});

describe("the words of the config", () => {
  it("write durations as the config does", () => {
    expect(inWords({ intervalMs: 90_000, quietMs: null, edgeIntervalMs: 12.5, list: [{ maxMs: 0 }] })).toEqual({
      interval: "1m30s",
      quiet: null,
      edgeInterval: "12.5ms",
      list: [{ max: "0s" }],
    });
  });

  it("hide the values of headers and keys that are secrets", () => {
    const words = {
      headers: headers(
        [
          ["Authorization", "s3cret"],
          ["accept", "x"],
        ],
        false,
      ),
      other: inWords({ apiKey: "s3cret" }),
    };
    expect(JSON.parse(JSON.stringify(words))).toEqual({
      headers: { Authorization: "(hidden)", accept: "x" },
      other: { apiKey: "(hidden)" },
    });
  });
});
