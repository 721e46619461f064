import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isSameText } from "../../../src/security/same-text.ts";

const ROOT = join(import.meta.dirname, "../../..");
/** What runs at the edge or in the control plane; tools on somebody's own machine keep no secret from their user. */
const FILES = globSync(["src/**/*.ts", "workers/**/*.ts", "durable-objects/**/*.ts"], { cwd: ROOT }).filter(
  (file) => !/^src\/(cli|simulate|import|config)\/|dashboard/.test(file),
);

describe("isSameText", () => {
  afterEach(() => vi.restoreAllMocks());

  it("says of any two texts whether they are the same", () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => isSameText(a, b) === (a === b)));
    fc.assert(fc.property(fc.string(), (a) => isSameText(a, a)));
    expect([isSameText("", ""), isSameText("", "a"), isSameText("a", ""), isSameText("ab", "abab")]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it("looks at every character, wherever the first difference is", () => {
    const looks = vi.spyOn(String.prototype, "charCodeAt");
    const secret = "s".repeat(64);
    const counts = Array.from({ length: 65 }, (_, at) => {
      looks.mockClear();
      isSameText(`${secret.slice(0, at)}x${secret.slice(at + 1)}`.slice(0, 64), secret);
      return looks.mock.calls.length;
    });
    expect(new Set(counts)).toEqual(new Set([128]));
  });
});

describe("secrets", () => {
  it("are compared by isSameText and by crypto.subtle.verify, and by nothing else", () => {
    const text = (file: string) => readFileSync(join(ROOT, file), "utf8");
    expect(FILES.length).toBeGreaterThan(300);
    expect(FILES.filter((file) => text(file).includes("timingSafeEqual"))).toEqual([]);
    const named = /(secret|token|sha256|hash|signature|sig|password|nonce|mac|bearer)/i;
    const comparison = /([\w.?[\]]+) [!=]== ([\w.?[\]]+)/g;
    const suspicious = FILES.flatMap((file) =>
      text(file)
        .split("\n")
        .filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line))
        .flatMap((line) => [...line.matchAll(comparison)])
        .filter(([, left, right]) => [left, right].some((side) => named.test(side!.split(".").at(-1)!)))
        .filter(([, left, right]) => ![left, right].some((side) => /^(null|undefined|true|false|\d+)$/.test(side!)))
        .map(([whole]) => `${file}: ${whole}`),
    );
    expect(suspicious).toEqual([]);
  });
});
