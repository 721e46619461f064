import { describe, expect, it } from "vitest";
import { referenceDocs } from "../../../src/config/reference-docs.ts";

/** The second cells of a field's rows, by the object that it is in. */
function typesOf(field: string, section: string): string[] {
  const [, text = ""] = referenceDocs().split(`## \`${section}\`\n`);
  const row = text
    .split("\n## ")[0]!
    .split("\n")
    .find((line) => line.startsWith(`| \`${field}\` |`));
  return row === undefined ? [] : [row.split(" | ")[1]!];
}

describe("referenceDocs", () => {
  it("says the words that a list may hold", () => {
    expect(typesOf("allow", "authentication")).toEqual(["list of `http`, `private`, `loopback`"]);
    expect(typesOf("key", "rateLimits.<name>")[0]).toMatch(/^list of `ip`, `principal`, .* or object$/);
  });

  it("leaves the words of a single value to its description", () => {
    expect(typesOf("scope", "rateLimits.<name>")).toEqual(["one of"]);
    expect(referenceDocs()).toMatch(/\| `scope` \| one of \| .*One of: local, colo, global\./);
  });

  it("has a type for every field", () => {
    expect(referenceDocs()).not.toMatch(/\| (list of )?undefined/);
    expect(typesOf("keys", "authentication.providers.<name>.jwks (keys)")).toEqual(["list of object"]);
  });
});
