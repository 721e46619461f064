import { describe, expect, it } from "vitest";
import { checkServiceProblems, fixOf } from "../../../src/core/service-problem.ts";

const problem = { detail: "credential partner: the secret KEY is absent", endpoints: ["a"], all: false };

describe("checkServiceProblems", () => {
  it("passes on what is problems by service", () => {
    expect(checkServiceProblems({ shop: [problem], other: [] })).toEqual({ shop: [problem], other: [] });
    expect(checkServiceProblems({})).toEqual({});
  });

  it.each([
    undefined,
    null,
    [],
    "none",
    { shop: problem },
    { shop: [null] },
    { shop: [{ ...problem, detail: 1 }] },
    { shop: [{ ...problem, endpoints: [1] }] },
    { shop: [{ ...problem, all: "yes" }] },
  ])("refuses %j", (given) => {
    expect(checkServiceProblems(given)).toBeNull();
  });
});

describe("fixOf", () => {
  it("says how a secret is set, and nothing where the problem says itself what to do", () => {
    expect(fixOf(problem.detail)).toContain("wrangler secret put KEY");
    expect(fixOf("the Worker has no mTLS binding CERT: add it to mtls_certificates and deploy")).toBe("");
  });
});
