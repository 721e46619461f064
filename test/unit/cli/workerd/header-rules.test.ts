import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { headersFor, parseHeaderRules } from "../../../../src/cli/workerd/header-rules.ts";

const RULES = parseHeaderRules(`
# a comment
/*
  X-Frame-Options: DENY
  no header at all
/assets/*
  Cache-Control: public
  X-Frame-Options: SAMEORIGIN
`);

describe("header rules", () => {
  it.each([
    ["/", { "x-frame-options": "DENY" }],
    ["/assets/a.js", { "x-frame-options": "DENY, SAMEORIGIN", "cache-control": "public" }],
    ["/assets", { "x-frame-options": "DENY" }],
  ])("of all patterns that match %s are put together", (path, expected) => {
    expect(Object.fromEntries(headersFor(RULES, path))).toEqual(expected);
  });

  it("take a pattern's letters as they are", () => {
    expect(headersFor(parseHeaderRules("/a.b\n  X-A: 1"), "/aXb").size).toBe(0);
  });

  it("of the dashboard allow no script, style or answer but its own, and nothing inline", () => {
    const text = readFileSync(
      new URL("../../../../workers/control/dashboard/public/_headers", import.meta.url),
      "utf8",
    );
    const policy = headersFor(parseHeaderRules(text), "/").get("content-security-policy");
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });
});
