import { describe, expect, it } from "vitest";
import { parseDocuments } from "../../../src/import/source-document.ts";

const values = (text: string) => parseDocuments("f", text).documents.map(({ value }) => value);

describe("parseDocuments", () => {
  it("takes YAML of several documents, JSON and Lists apart", () => {
    expect(values("kind: A\n---\n# nothing\n---\nkind: B\n")).toEqual([{ kind: "A" }, { kind: "B" }]);
    expect(values('{"kind":"List","items":[{"kind":"A"},{"kind":"RouteList","items":[{"kind":"B"}]}]}')).toEqual([
      { kind: "A" },
      { kind: "B" },
    ]);
    expect(values("")).toEqual([]);
  });

  it("knows anchors and merge keys", () => {
    expect(values("a: &x { b: 1 }\nc: { <<: *x, d: 2 }\n")).toEqual([{ a: { b: 1 }, c: { b: 1, d: 2 } }]);
  });

  it("says where a text cannot be read, and keeps the other documents", () => {
    const { documents, faults } = parseDocuments("f", "kind: A\n---\na: [\n---\nkind: C\n");
    expect(documents[0]!.value).toEqual({ kind: "A" });
    expect(faults[0]).toMatchObject({ file: "f", line: expect.any(Number) });
  });

  it("refuses what is not an object, and aliases beyond measure", () => {
    expect(parseDocuments("f", "just text").faults).toEqual([
      { file: "f", line: 0, message: "a document is not an object" },
    ]);
    const bomb = [
      "a: &a [x]",
      ...Array.from(
        { length: 12 },
        (_, i) => `b${i}: &b${i} [${"*".concat(i === 0 ? "a" : `b${i - 1}`, ", ").repeat(9)}]`,
      ),
    ].join("\n");
    expect(parseDocuments("f", bomb).faults).toHaveLength(1);
  });
});
