import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutTracestate, parseTracestate } from "../../../../src/telemetry/trace/tracestate.ts";

const key = fc.stringMatching(/^[a-z][a-z0-9_*/-]{0,20}$/);
const value = fc.stringMatching(/^[ !-+\x2d-<>-~]{0,40}[!-+\x2d-<>-~]$/);
const list = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 32 });
const text = (members: readonly (readonly [string, string])[]) => members.map(([k, v]) => `${k}=${v}`);

describe("parseTracestate", () => {
  it("gives back every well-formed list, whatever the spaces between its members", () => {
    fc.assert(
      fc.property(list, fc.constantFrom(",", " ,", ",\t", ", ,"), (members, between) => {
        expect(parseTracestate(text(members).join(between))).toBe(text(members).join(","));
      }),
      { seed: 3 },
    );
  });

  it("gives nothing or a list that it takes itself, for any text", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: fc.constantFrom(..."ab1@=,_ \t\x7fé") }), (any) => {
        const parsed = parseTracestate(any);
        expect(parseTracestate(parsed)).toBe(parsed);
      }),
      { numRuns: 2_000, seed: 5 },
    );
  });

  it("takes the longest list there can be, and looks at nothing longer", () => {
    const longest = Array.from({ length: 32 }, (_, i) => `k${i}`.padEnd(256, "x")).map(
      (k) => `${k}=${"v".repeat(256)}`,
    );
    expect(parseTracestate(longest.join(","))).toBe(longest.join(","));
    expect(parseTracestate(`${longest.join(",")}${" ".repeat(100)}`)).toBe("");
  });
});

describe("cutTracestate", () => {
  it("drops long members first, then the last ones", () => {
    const long = `long=${"x".repeat(200)}`;
    expect(cutTracestate(`a=1,${long},b=2`, 512)).toBe(`a=1,${long},b=2`);
    expect(cutTracestate(`a=1,${long},b=2`, 100)).toBe("a=1,b=2");
    expect(cutTracestate("a=1,b=2,c=3", 8)).toBe("a=1,b=2");
    expect(cutTracestate("a=1", 2)).toBe("");
  });

  it("gives a well-formed list of the length it is told, always", () => {
    fc.assert(
      fc.property(list, fc.integer({ min: 0, max: 400 }), (members, max) => {
        const cut = cutTracestate(text(members).join(","), max);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(parseTracestate(cut)).toBe(cut);
      }),
      { seed: 9 },
    );
  });
});
