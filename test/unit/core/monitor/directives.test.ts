import { describe, expect, it } from "vitest";
import { checkCommand, directiveOf, toldHealth } from "../../../../src/core/monitor/directives.ts";

describe("an operator's word", () => {
  it.each([
    ["drain", 4],
    ["disable", 5],
    ["force-healthy", 1],
    ["force-unhealthy", 2],
  ] as const)("%s means health %i until it ends", (action, health) => {
    const directive = directiveOf({ endpoint: "a", action, forMs: 1_000 }, 5_000);
    expect([5_000, 5_999, 6_000].map((atMs) => toldHealth(directive, atMs))).toEqual([health, health, null]);
  });

  it("without a time holds until it is cleared", () => {
    expect(toldHealth(directiveOf({ endpoint: "a", action: "drain" }, 0), Number.MAX_SAFE_INTEGER)).toBe(4);
    expect(directiveOf({ endpoint: "a", action: "clear" }, 0)).toBeNull();
    expect(toldHealth(null, 0)).toBeNull();
  });

  it.each([
    ["nothing", null],
    ["no endpoint", { action: "drain" }],
    ["an action that does not exist", { endpoint: "a", action: "reboot" }],
    ["a time that never ends", { endpoint: "a", action: "drain", forMs: Number.POSITIVE_INFINITY }],
    ["a name too long", { endpoint: "a", action: "drain", by: "x".repeat(257) }],
  ])("is refused with %s", (_, value) => {
    expect(checkCommand(value).ok).toBe(false);
  });

  it("is decoded without what it does not know", () => {
    const value = { endpoint: "a", action: "drain", forMs: 5, by: "ops", why: "because" };
    expect(checkCommand(value)).toEqual({ ok: true, command: { endpoint: "a", action: "drain", forMs: 5, by: "ops" } });
  });
});
