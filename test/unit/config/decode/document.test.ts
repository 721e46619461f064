import { describe, expect, it } from "vitest";
import { MAX_CHARACTERS } from "../../../../src/config/decode/bounds.ts";
import { readDocument } from "../../../../src/config/decode/document.ts";
import { parseConfig } from "../../../../src/config/decode.ts";

const faultsOf = (text: string, format: "yaml" | "json" = "yaml") => {
  const result = readDocument(text, format);
  return result.ok ? [] : result.faults;
};

describe("YAML", () => {
  it.each([
    ["brackets that do not close", "a: [1,\nb: 2", { line: 2, message: expect.stringMatching(/^is not YAML: /) }],
    ["a tab for indentation", "a:\n\tb: 1", { line: 2, message: expect.stringMatching(/tab/i) }],
    ["an unknown tag", "a: !secret b", { line: 1, column: 4, message: "is not YAML: unresolved tag: !secret" }],
    ["a second document", "a: 1\n---\nb: 2", { line: 2, message: expect.stringContaining("multiple documents") }],
    ["an alias of nothing", "a: 1\nb: *c", { line: 2, message: expect.stringContaining("alias") }],
  ])("is refused for %s, with its line", (_, text, fault) => {
    expect(faultsOf(text)).toContainEqual(expect.objectContaining(fault));
  });

  it("is refused for keys that are there twice, with the path of each", () => {
    const text = "services:\n  shop:\n    retry: {}\n    timeouts: {}\n    retry: {}\n  shop: {}\n";
    expect(faultsOf(text)).toEqual([
      { path: "services.shop.retry", line: 5, column: 5, message: "the same key is there twice" },
      { path: "services.shop", line: 6, column: 3, message: "the same key is there twice" },
    ]);
  });

  it("may share parts by anchor, alias and merge key", () => {
    const text = "a: &a { x: 1, y: 2 }\nb: *a\nc: { <<: *a, y: 3 }";
    const result = readDocument(text, "yaml");
    expect(result.ok && result.document.value).toEqual({ a: { x: 1, y: 2 }, b: { x: 1, y: 2 }, c: { x: 1, y: 3 } });
  });
});

describe("JSON", () => {
  it.each([
    ["nothing", "", 1, 1, "unexpected end of JSON input"],
    ["an early end", '{\n  "a": 1,\n', 3, 1, "expected double-quoted property name"],
    ["a missing value", '{"a": 1,\n "b": }', 2, 7, "unexpected token '}'"],
    ["a comment", '{\n  // no\n  "a": 1 }', 2, 3, "expected property name or '}'"],
    ["a single quote", "{\n  \"a\": 'x' }", 2, 8, "unexpected token '''"],
    ["more after the end", '{"a": 1}\n{"b": 2}', 2, 1, "unexpected non-whitespace character after JSON"],
  ])("is refused for %s, with its place", (_, text, line, column, message) => {
    expect(faultsOf(text, "json")).toEqual([{ path: "", line, column, message: `is not JSON: ${message}` }]);
  });

  it("is refused for keys that are there twice", () => {
    expect(faultsOf('{"a": {"b": 1,\n "b": 2}}', "json")).toEqual([
      { path: "a.b", line: 2, column: 2, message: "the same key is there twice" },
    ]);
  });

  it("may be indented with tabs, and has lines all the same", () => {
    const text =
      '{\n\t"services": {\n\t\t"shop": {\n\t\t\t"endpoints": [\n\t\t\t\t{ "id": "a", "ulr": "http://a" }\n\t\t\t]\n\t\t}\n\t},\n\t"routes": [{ "rules": [{}] }]\n}';
    const result = parseConfig(text, { format: "json" });
    expect(result).toMatchObject({
      ok: false,
      faults: [{ path: "services.shop.endpoints[0].ulr", line: 5, column: 18 }],
    });
  });
});

describe("a text", () => {
  const bare = '{"services": {}, "routes": []}';

  it("may begin with a byte order mark", () => {
    expect(faultsOf(`\ufeff${bare}`, "json")).toEqual([]);
    expect(faultsOf(`\ufeff${bare}`)).toEqual([]);
  });

  it("may hold many scalars that look like structure", () => {
    const scalars = '-1, "[", "{", "*a", ';
    expect(faultsOf(`{"a": [${scalars.repeat(100)} 0]}`)).toEqual([]);
    expect(faultsOf(`{"a": [${scalars.repeat(1_000)} 0]}`, "json")).toEqual([]);
    expect(faultsOf(`a: |\n${"  [ { - *b\n".repeat(2_000)}`)).toEqual([]);
  });
});

describe("places", () => {
  const text = `# a comment
services:
  shop:
    endpoints:
      - id: aws
        weight: 2
      - &gcp { id: gcp }
      - *gcp
    empty:
`;
  const result = readDocument(text, "yaml");
  const locate = result.ok ? result.document.locate : () => null;

  it.each([
    ["a scalar", ["services", "shop", "endpoints", 0, "weight"], false, 6, 17],
    ["a key", ["services", "shop", "endpoints", 0, "weight"], true, 6, 9],
    ["a map, at its key", ["services", "shop"], false, 3, 3],
    ["an entry of a list", ["services", "shop", "endpoints", 1], false, 7, 14],
    ["an alias", ["services", "shop", "endpoints", 2], false, 8, 9],
    ["a part behind an alias", ["services", "shop", "endpoints", 2, "id"], false, 7, 20],
    ["an empty value, at its key", ["services", "shop", "empty"], false, 9, 5],
    ["what is missing, at its parent", ["services", "shop", "retry", "attempts"], false, 3, 3],
    ["the whole", [], false, 2, 1],
  ])("are those of %s", (_, path, atKey, line, column) => {
    expect(locate(path, atKey)).toEqual({ line, column });
  });
});

/** So many services that share one list of endpoints. */
function sharing(endpoints: number, services: number): string {
  const list = Array.from({ length: endpoints }, (_, n) => `      - { id: e${n}, url: "https://e${n}.example.com" }`);
  const others = Array.from({ length: services - 1 }, (_, n) => `  s${n + 1}: { endpoints: *list }`);
  return ["services:", "  s0:", "    endpoints: &list", ...list, ...others].join("\n");
}

describe("parts that are shared by aliases", () => {
  it("may be many, and large", () => {
    // 20 endpoints of 5 values and the list: 101 for each alias.
    expect(readDocument(sharing(20, 490), "yaml").ok).toBe(true);
  });

  it("are refused where they would make a short text a long one, at the alias that is too much", () => {
    const text = sharing(300, 900);
    expect(text.length).toBeLessThan(45_000);
    // 1,501 values each: 33 are 49,533.
    expect(faultsOf(text, "yaml")).toEqual([
      {
        path: "",
        line: 3 + 300 + 34,
        column: 21,
        message: expect.stringMatching(/aliases written out.*\(list\).*50000 values/) as string,
      },
    ]);
  });
});

describe("a config that would cost too much", () => {
  it.each([
    ["long", " ".repeat(MAX_CHARACTERS + 1), "too large"],
    ["deep in brackets", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, "nested too deeply"],
    ["deep in braces", "{a: ".repeat(100_000), "nested too deeply"],
    ["deep in dashes", "- ".repeat(100_000), "nested too deeply"],
    ["full of aliases", `a: &a 1\nb: [${"*a,".repeat(2_000)}]`, "too many aliases"],
    [
      "an alias bomb",
      ["a: &a [1, 1, 1, 1, 1, 1, 1, 1]"]
        .concat([..."bcdefgh"].map((key, i) => `${key}: &${key} [${`*${"abcdefg"[i]}, `.repeat(8)}]`))
        .join("\n"),
      "aliases written out",
    ],
  ])("is refused before it does: %s", (_, text, message) => {
    for (const format of ["yaml", "json"] as const) {
      const [fault] = faultsOf(text, format);
      expect(fault?.message).toMatch(format === "yaml" ? message : /too (large|deeply|many)|nested|is not JSON/);
    }
  });
});
