import { describe, expect, it } from "vitest";
import { type Finding, sortFindings } from "../../../src/import/report.ts";

const finding = (path: string, name = "a"): Finding => ({
  file: "f",
  kind: "HTTPRoute",
  name,
  path,
  severity: "dropped",
  reason: "R",
  message: "m",
});

describe("sortFindings", () => {
  it("goes by what findings are about, indices by value", () => {
    const sorted = sortFindings([finding("rules[10]"), finding("rules[2]"), finding("", "b"), finding("")]);
    expect(sorted.map(({ name, path }) => name + path)).toEqual(["a", "arules[2]", "arules[10]", "b"]);
  });
});
