import { describe, expect, it } from "vitest";
import { MAX_CHARACTERS, MAX_WITH_LINES } from "../../../../src/config/decode/bounds.ts";
import { decodeSource } from "../../../../workers/control/config/decode-source.ts";

const SMALL = { services: { shop: { endpoints: [{ id: "a", url: "https://a.example.com" }] } }, routes: [] };
const padded = (value: object, length: number) => `${JSON.stringify(value)}${" ".repeat(length)}`;

describe("decodeSource", () => {
  it("reads small configs of both formats, with lines", () => {
    const text = JSON.stringify(SMALL);
    expect(decodeSource({ text, format: "yaml" })).toMatchObject({ ok: true });
    expect(decodeSource({ text, format: "json" })).toEqual(decodeSource({ text, format: "yaml" }));
    expect(decodeSource({ text: '{\n"x": 1}', format: "json" })).toMatchObject({
      faults: [{ line: 1 }, { line: 1 }, { path: "x", line: 2 }],
    });
  });

  it("reads a large one as JSON, to the same result", () => {
    const large = decodeSource({ text: padded(SMALL, MAX_WITH_LINES), format: "json" });
    expect(large).toEqual(decodeSource({ text: JSON.stringify(SMALL), format: "json" }));
  });

  it("gives the faults of a large one without lines", () => {
    const large = decodeSource({ text: padded({ ...SMALL, routes: 7 }, MAX_WITH_LINES), format: "json" });
    expect(large).toEqual({ ok: false, faults: [{ path: "routes", message: expect.any(String) }] });
    const broken = decodeSource({ text: `${padded(SMALL, MAX_WITH_LINES)}}`, format: "json" });
    expect(broken).toMatchObject({
      faults: [{ path: "", message: expect.stringMatching(/^is not JSON: .*, at character \d+$/) }],
    });
  });

  it("refuses a large one as YAML, and says what would do", () => {
    const large = decodeSource({ text: padded(SMALL, MAX_WITH_LINES), format: "yaml" });
    expect(large).toMatchObject({
      faults: [{ message: expect.stringContaining(`as JSON it may have ${MAX_CHARACTERS}`) }],
    });
  });

  it("refuses what is too large for either", () => {
    const huge = decodeSource({ text: padded(SMALL, MAX_CHARACTERS), format: "json" });
    expect(huge).toMatchObject({ faults: [{ message: expect.stringContaining("is too large") }] });
  });
});
