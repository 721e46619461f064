import { describe, expect, it } from "vitest";
import type { ExplainedAuthentication } from "../../../../src/cli/explain/explanation.ts";
import { renderAuthentication } from "../../../../src/cli/explain/render-authentication.ts";
import { createPaint } from "../../../../src/cli/terminal.ts";

const render = (over: Partial<ExplainedAuthentication>) =>
  renderAuthentication({ providers: ["idp", "signed"], required: true, ...over }, createPaint(false)).slice(1);

describe("renderAuthentication", () => {
  it("says who the caller is taken to be, and who knows", () => {
    expect(render({ unasked: [], verdict: { ok: true, principal: "api-key/acme", by: "partners" } })).toEqual([
      "  api-key/acme, known to partners",
    ]);
  });

  it("says why a credential is not believed, and which answer that makes", () => {
    const verdict = { ok: false, status: 401, provider: "partners", why: "key old has expired" } as const;
    expect(render({ unasked: [], verdict })).toEqual(["  the answer is 401: partners: key old has expired"]);
    expect(render({ unasked: [], verdict: { ...verdict, provider: "", why: "no credentials" } })).toEqual([
      "  the answer is 401: no credentials",
    ]);
  });

  it("says what was not looked at", () => {
    expect(render({ unasked: ["signed"], verdict: { ok: true, principal: "", by: "" } })).toEqual([
      "  the request brings no credential that is looked at here",
      "  not looked at here: credentials for signed",
    ]);
  });

  it("says no more of an edge that looks at no credentials", () => {
    expect(render({})).toEqual([]);
  });
});
