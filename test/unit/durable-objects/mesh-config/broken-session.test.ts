import { describe, expect, it } from "vitest";
import { isBrokenSession } from "../../../../durable-objects/mesh-config/broken-session.ts";

const whole = { type: "cookie", sessionName: "seat", absoluteTimeoutMs: 0, idleTimeoutMs: 0, lifetime: "Session" };

describe("isBrokenSession", () => {
  it("finds nothing wrong with what the compiler makes, nor with a rule without sessions", () => {
    expect(isBrokenSession(whole)).toBe(false);
    expect(isBrokenSession({ ...whole, type: "header", lifetime: "Permanent", absoluteTimeoutMs: 1_000 })).toBe(false);
    expect(isBrokenSession(null)).toBe(false);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["another kind", { ...whole, type: "path" }],
    ["no name", { ...whole, sessionName: undefined }],
    ["a name that would end its header", { ...whole, sessionName: "a\r\nb" }],
    ["a name that would begin an attribute", { ...whole, sessionName: "a; Path" }],
    ["no time", { ...whole, idleTimeoutMs: null }],
    ["a time before all time", { ...whole, absoluteTimeoutMs: -1 }],
    ["a lifetime of its own", { ...whole, lifetime: "Forever" }],
  ])("refuses %s", (_, value) => {
    expect(isBrokenSession(value)).toBe(true);
  });
});
