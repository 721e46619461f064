import { describe, expect, it } from "vitest";
import { modifiedPath } from "../../../../src/core/filter/modified-path.ts";

const byPrefix = (path: string, prefix: string, value: string) =>
  modifiedPath(path, { type: "ReplacePrefixMatch", value }, { type: "PathPrefix", value: prefix });

describe("modifiedPath", () => {
  // The table at ReplacePrefixMatch in the Gateway API.
  it.each([
    ["/foo/bar", "/foo", "/xyz", "/xyz/bar"],
    ["/foo/bar", "/foo", "/xyz/", "/xyz/bar"],
    ["/foo/bar", "/foo/", "/xyz", "/xyz/bar"],
    ["/foo/bar", "/foo/", "/xyz/", "/xyz/bar"],
    ["/foo", "/foo", "/xyz", "/xyz"],
    ["/foo/", "/foo", "/xyz", "/xyz/"],
    ["/foo/bar", "/foo", "", "/bar"],
    ["/foo/", "/foo", "", "/"],
    ["/foo", "/foo", "", "/"],
    ["/foo/", "/foo", "/", "/"],
    ["/foo", "/foo", "/", "/"],
    // And what it leaves open.
    ["/foo", "/foo/", "/xyz", "/xyz"],
    ["/foo", "/foo", "/xyz/", "/xyz/"],
    ["/foo/bar/", "/", "/xyz", "/xyz/foo/bar/"],
    ["/", "/", "/xyz", "/xyz/"],
    ["/foo/a%2Fb", "/foo", "/xyz", "/xyz/a%2Fb"],
  ])("makes of %s, where %s is replaced by '%s', %s", (path, prefix, value, expected) => {
    expect(byPrefix(path, prefix, value)).toBe(expected);
  });

  it("replaces a prefix whatever its case was", () => {
    const matched = { type: "PathPrefix", value: "/foo", ignoreCase: true } as const;
    expect(modifiedPath("/FOO/Bar", { type: "ReplacePrefixMatch", value: "/x" }, matched)).toBe("/x/Bar");
  });

  it.each([
    ["/shop/cart", "/shop/", "/", "/cart"],
    ["/shop/cart", "/shop", "/", "//cart"],
    ["/shopping", "/shop", "/x", "/xping"],
    ["/shop", "/shop", "", "/"],
    ["/shopping", "/shop", "", "/ping"],
  ])("makes of %s, where the text %s is replaced by '%s', %s", (path, prefix, value, expected) => {
    const modifier = { type: "ReplacePrefixMatch", value } as const;
    expect(modifiedPath(path, modifier, { type: "StringPrefix", value: prefix })).toBe(expected);
  });

  it("replaces the whole path", () => {
    const matched = { type: "Exact", value: "/a" } as const;
    expect(modifiedPath("/a", { type: "ReplaceFullPath", value: "/b" }, matched)).toBe("/b");
    expect(modifiedPath("/a", { type: "ReplaceFullPath", value: "" }, matched)).toBe("/");
  });

  it("keeps the path when nothing is said, or where there is no prefix", () => {
    const matched = { type: "Exact", value: "/a" } as const;
    expect(modifiedPath("/a", null, matched)).toBe("/a");
    expect(modifiedPath("/a", { type: "ReplacePrefixMatch", value: "/b" }, matched)).toBe("/a");
  });
});
