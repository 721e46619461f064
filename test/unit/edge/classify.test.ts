import { describe, expect, it } from "vitest";
import { classifyError, classifyResponse } from "../../../src/edge/classify.ts";

const synthetic = { server: "cloudflare", "content-type": "text/plain; charset=UTF-8" };

describe("classifyResponse", () => {
  it.each([
    [200, {}, "ok", false],
    [304, {}, "ok", false],
    [404, {}, "ok", false],
    [425, {}, "ok", false],
    [429, {}, "throttled", false],
    [429, { "retry-after": "3" }, "throttled", false],
    [431, {}, "ok", false],
    [500, {}, "5xx", false],
    [503, {}, "5xx", false],
    [503, { "retry-after": "3" }, "throttled", false],
    [520, synthetic, "connect-failure", false],
    [521, synthetic, "connect-failure", true],
    [522, synthetic, "connect-failure", false],
    [523, synthetic, "connect-failure", true],
    [524, synthetic, "timeout", false],
    [525, synthetic, "connect-failure", true],
    [526, synthetic, "connect-failure", true],
    [530, synthetic, "connect-failure", true],
    [522, {}, "5xx", false],
    [521, { server: "nginx", "content-type": "text/plain" }, "5xx", false],
    [521, { server: "cloudflare", "content-type": "application/json" }, "5xx", false],
    [599, synthetic, "5xx", false],
  ] as const)("takes %i with %j for %s", (status, headers, outcome, neverSent) => {
    const body = status === 304 ? null : "x";
    expect(classifyResponse(new Response(body, { status, headers }))).toEqual({ outcome, neverSent });
  });
});

describe("classifyError", () => {
  it("takes every throw for a connection that failed, which may have happened after the request arrived", () => {
    for (const error of [
      new Error("Network connection lost."),
      new TypeError("internal error; reference = x"),
      "odd",
    ]) {
      expect(classifyError(error)).toEqual({ outcome: "connect-failure", neverSent: false });
    }
  });
});
