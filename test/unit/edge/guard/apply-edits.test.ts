import { describe, expect, it } from "vitest";
import { ANONYMOUS } from "../../../../src/core/principal.ts";
import type { Arrived } from "../../../../src/edge/arrived.ts";
import { applyEdits } from "../../../../src/edge/guard/apply-edits.ts";
import { type Edits, NO_EDITS } from "../../../../src/security/authn/outcome.ts";

const URL_ = "https://shop.example.com/a?x=1&token=secret";
function edited(edits: Partial<Edits>, extensions: object[] = [], headers: Record<string, string> = {}) {
  const request = new Request(URL_, { headers: { "x-user": "root", cookie: "a=1; t=2", ...headers } });
  const arrived = {
    request,
    address: { path: "/a", query: "?x=1&token=secret" },
    matched: { rule: { filters: { extensions } } },
  } as unknown as Arrived;
  const passed = applyEdits(arrived, { ...NO_EDITS, ...edits }, ANONYMOUS);
  return { passed, isSame: passed.request === request };
}

describe("what is known of a caller", () => {
  it("changes the headers on their way out, and leaves the request as it is", () => {
    const { passed, isSame } = edited({ claims: [["x-user", "ada"]], remove: ["authorization"], cookie: "a=1" });
    expect(isSame).toBe(true);
    expect(passed.imposed).toEqual({
      set: [
        ["x-user", "ada"],
        ["cookie", "a=1"],
      ],
      add: [],
      remove: ["authorization"],
    });
  });

  it("makes a new request where filters from code are to see it", () => {
    const { passed } = edited({ claims: [["x-user", "ada"]] }, [{ name: "own" }]);
    expect(passed.request.headers.get("x-user")).toBe("ada");
  });

  it("takes what only the mesh may say out of what everything after sees", () => {
    const { passed, isSame } = edited({ spoofed: ["x-user"] });
    expect([isSame, passed.request.headers.get("x-user")]).toEqual([false, null]);
  });

  it("takes a credential out of the URL, for filters and endpoints alike", () => {
    const { passed } = edited({ query: "?x=1" });
    expect([passed.request.url, passed.address.query]).toEqual(["https://shop.example.com/a?x=1", "?x=1"]);
  });

  it("takes the last cookie with its header, and keeps a header that is said anew", () => {
    expect(edited({ cookie: "" }).passed.imposed?.remove).toEqual(["cookie"]);
    const { imposed } = edited({ claims: [["authorization", "x"]], remove: ["authorization"] }).passed;
    expect(imposed).toEqual({ set: [["authorization", "x"]], add: [], remove: [] });
  });
});
