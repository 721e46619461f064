import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  authorize,
  authorizersOf,
  matchingRules,
  observe,
  openAuthorization,
} from "../../../../src/core/authz/authorize.ts";
import type { Subject } from "../../../../src/core/authz/subject.ts";
import type { AuthorizationPolicy } from "../../../../src/core/mesh.ts";
import { policies, request } from "./arbitrary-policies.ts";
import { subject, token } from "./subjects.ts";

const under = (path: string) => [{ to: [[{ attribute: "path" as const, values: [path] }]] }];
const policy = (name: string, action: AuthorizationPolicy["action"], path = "*"): AuthorizationPolicy => ({
  name,
  action,
  rules: under(path),
  ...(action === "CUSTOM" && { provider: 0 }),
});

function decisionOf(all: readonly AuthorizationPolicy[], path: string, mode: "strict" | "literal" = "strict") {
  return authorize(openAuthorization(all, mode), subject({ path }));
}

describe("authorize", () => {
  it.each([
    ["no policy", [], { allowed: true, because: "no_allow_policy" }],
    ["only others", [policy("audit", "AUDIT"), policy("ask", "CUSTOM")], { allowed: true, because: "no_allow_policy" }],
    ["a DENY that matches", [policy("d", "DENY")], { allowed: false, because: "deny", policy: "d", rule: 0 }],
    ["a DENY that does not", [policy("d", "DENY", "/b")], { allowed: true, because: "no_allow_policy" }],
    ["an ALLOW that matches", [policy("a", "ALLOW")], { allowed: true, because: "allow", policy: "a", rule: 0 }],
    ["an ALLOW that does not", [policy("a", "ALLOW", "/b")], { allowed: false, because: "no_match" }],
    [
      "one ALLOW of two",
      [policy("b", "ALLOW", "/b"), policy("a", "ALLOW")],
      { allowed: true, because: "allow", policy: "a", rule: 0 },
    ],
    [
      "DENY over ALLOW",
      [policy("a", "ALLOW"), policy("d", "DENY")],
      { allowed: false, because: "deny", policy: "d", rule: 0 },
    ],
    ["an ALLOW without rules", [{ name: "none", action: "ALLOW", rules: [] }], { allowed: false, because: "no_match" }],
    [
      "a DENY without rules",
      [{ name: "none", action: "DENY", rules: [] }],
      { allowed: true, because: "no_allow_policy" },
    ],
    [
      "an empty ALLOW rule",
      [{ name: "all", action: "ALLOW", rules: [{}] }],
      { allowed: true, because: "allow", policy: "all", rule: 0 },
    ],
    [
      "an empty DENY rule",
      [{ name: "all", action: "DENY", rules: [{}] }],
      { allowed: false, because: "deny", policy: "all", rule: 0 },
    ],
    [
      "an ALLOW on trial",
      [{ ...policy("a", "ALLOW", "/b"), dryRun: true as const }],
      { allowed: true, because: "no_allow_policy" },
    ],
    [
      "a DENY on trial",
      [{ ...policy("d", "DENY"), dryRun: true as const }],
      { allowed: true, because: "no_allow_policy" },
    ],
  ] as const)("decides for %s", (_, all, expected) => {
    expect(decisionOf(all as readonly AuthorizationPolicy[], "/a")).toEqual(expected);
  });

  it("says by which rule of the policy", () => {
    const all = [{ name: "d", action: "DENY" as const, rules: [...under("/b"), ...under("/a")] }];
    expect(decisionOf(all, "/a")).toEqual({ allowed: false, because: "deny", policy: "d", rule: 1 });
  });

  it("wants all of from, to and when, and one alternative of each", () => {
    const rule = {
      from: [[{ attribute: "country" as const, values: ["DE"] }], [{ attribute: "country" as const, values: ["AT"] }]],
      to: [[{ attribute: "method" as const, values: ["GET"] }]],
      when: [{ attribute: "header" as const, name: "x", values: ["1"] }],
    };
    const open = openAuthorization([{ name: "a", action: "ALLOW", rules: [rule] }], "strict");
    const allowed = (parts: Parameters<typeof subject>[0]) => authorize(open, subject(parts)).allowed;
    expect(allowed({ country: "AT", method: "GET", headers: { x: "1" } })).toBe(true);
    expect(allowed({ country: "FR", method: "GET", headers: { x: "1" } })).toBe(false);
    expect(allowed({ country: "AT", method: "PUT", headers: { x: "1" } })).toBe(false);
    expect(allowed({ country: "AT", method: "GET", headers: { x: "2" } })).toBe(false);
  });

  it("does not depend on the order of policies", () => {
    fc.assert(
      fc.property(policies(), request, (all, one) => {
        const forth = authorize(openAuthorization(all, "strict"), one);
        const back = authorize(openAuthorization([...all].reverse(), "strict"), one);
        expect(back.because).toBe(forth.because);
      }),
    );
  });

  it("decides by the index as by trying every rule", () => {
    fc.assert(
      fc.property(policies(), request, fc.constantFrom("strict", "literal"), (all, one, mode) => {
        const inForce = all.filter(({ dryRun }) => dryRun !== true);
        const open = openAuthorization(all, mode as "strict" | "literal");
        expect(authorize(open, one).allowed).toBe(allowedByTrying(inForce, one, mode as "strict" | "literal"));
      }),
      { numRuns: 3_000 },
    );
  });

  it("decides so of lists, of parameters that come twice and of methods that a header names", () => {
    const twice = fc
      .record({
        headers: fc.constantFrom({ x: "1, 2" }, { x: "2,12", y: "1" }, { x: "3", y: "2, 1" }),
        query: fc.constantFrom("?x=1&x=2", "?x=2&y=1;x=12", "?y=1&y=1", ""),
        path: fc.constantFrom("/", "/a", "/a/b"),
        method: fc.constantFrom("GET", "PUT"),
        override: fc.constantFrom("", "POST", "GET"),
      })
      .map(({ headers, override, ...parts }) =>
        subject({ ...parts, headers: { ...headers, ...(override !== "" && { "x-http-method-override": override }) } }),
      );
    fc.assert(
      fc.property(policies(["ALLOW", "DENY"]), twice, (all, one) => {
        const inForce = all.filter(({ dryRun }) => dryRun !== true);
        const methods = new Set([one.head.method, one.head.header("x-http-method-override") ?? one.head.method]);
        const allowed = [...methods].every((method) => {
          const read = subject({ method, path: one.head.path, query: one.head.query, headers: listsOf(one) });
          const matched = matchingRules(openAuthorization(inForce, "strict"), read);
          if (matched.some(({ action }) => action === "DENY")) return false;
          return inForce.every(({ action }) => action !== "ALLOW") || matched.some(({ action }) => action === "ALLOW");
        });
        expect(authorize(openAuthorization(all, "strict"), one).allowed).toBe(allowed);
      }),
      { numRuns: 2_000 },
    );
  });

  it("gives as evidence a rule that matches", () => {
    fc.assert(
      fc.property(policies(["ALLOW", "DENY"]), request, (all, one) => {
        const open = openAuthorization(all, "literal");
        const decision = authorize(open, one);
        if (!("policy" in decision)) return;
        const { policy: name, rule } = decision;
        const action = decision.allowed ? "ALLOW" : "DENY";
        expect(matchingRules(open, one)).toContainEqual({ policy: name, rule, action, dryRun: false });
      }),
      { numRuns: 1_000 },
    );
  });

  it("refuses no less when paths are read strictly", () => {
    fc.assert(
      fc.property(policies(["ALLOW", "DENY"]), request, (all, one) => {
        const strict = authorize(openAuthorization(all, "strict"), one).allowed;
        const literal = authorize(openAuthorization(all, "literal"), one).allowed;
        expect(strict && !literal).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});

function listsOf({ head }: Subject): Record<string, string> {
  return {
    ...(head.header("x") !== null && { x: head.header("x")! }),
    ...(head.header("y") !== null && { y: head.header("y")! }),
  };
}

/** CUSTOM and AUDIT left out; each reading decided alone, rule by rule. */
function allowedByTrying(all: readonly AuthorizationPolicy[], one: Subject, mode: "strict" | "literal"): boolean {
  const paths = mode === "strict" ? strictPaths(one.head.path) : [one.head.path];
  return paths.every((path) => {
    const read = { ...one, head: { ...one.head, path } };
    const matched = matchingRules(openAuthorization(all, "literal"), read);
    if (matched.some(({ action }) => action === "DENY")) return false;
    return all.every(({ action }) => action !== "ALLOW") || matched.some(({ action }) => action === "ALLOW");
  });
}

function strictPaths(path: string): readonly string[] {
  if (path === "/a;x/b") return [path, "/a/b"];
  return path === "/a%2Fb" ? [path, "/a/b"] : [path];
}

describe("a path that may be read in several ways", () => {
  const guarded = [policy("all", "ALLOW"), policy("admin", "DENY", "/admin*")];
  const files = [policy("files", "ALLOW", "/files/*")];

  it.each(["/x;/../admin", "/public/..;/admin", "/public%2F..%2Fadmin", "/public%252F..%252Fadmin", "/%3B/..%2Fadmin"])(
    "is refused when one of the readings of %s is",
    (path) => {
      expect(decisionOf(guarded, path).allowed).toBe(false);
    },
  );

  it("is admitted when all of them are", () => {
    expect(decisionOf(files, "/files/a;v=1/b").allowed).toBe(true);
    expect(decisionOf(files, "/files/a%2Fb").allowed).toBe(true);
    expect(decisionOf(files, "/files/..%2Fadmin").allowed).toBe(false);
  });

  it("is taken as it is forwarded where the config says so", () => {
    expect(decisionOf(guarded, "/public/..;/admin", "literal").allowed).toBe(true);
  });
});

describe("what endpoints may read in several ways", () => {
  type When = { attribute: "header" | "query" | "method"; name?: string; values: string[]; invert?: true };
  const decides = (action: "ALLOW" | "DENY", when: When, parts: Parameters<typeof subject>[0], rules = 1) => {
    // Many rules are found by their values, few are tried.
    const others = Array.from({ length: rules - 1 }, (_, i) => ({ when: [{ ...when, values: [`other-${i}`] }] }));
    const policy = { name: "p", action, rules: [{ when: [when] }, ...others] };
    return authorize(openAuthorization([policy], "strict"), subject(parts)).allowed;
  };

  it.each([1, 9])("is a header that came twice: no member of it slips through (%i rules)", (rules) => {
    const mode = { attribute: "header" as const, name: "x-mode", values: ["admin"] };
    for (const value of ["admin", "admin, x", "x, admin", "x ,admin,y"]) {
      const parts = { headers: { "x-mode": value } };
      expect(decides("DENY", mode, parts, rules)).toBe(false);
      expect(decides("ALLOW", { ...mode, invert: true }, parts)).toBe(false);
    }
    expect(decides("DENY", mode, { headers: { "x-mode": "administrator, x" } }, rules)).toBe(true);
    expect(decides("ALLOW", mode, { headers: { "x-mode": "admin, x" } }, rules)).toBe(false);
    expect(decides("DENY", { ...mode, invert: true }, { headers: { "x-mode": "admin, x" } })).toBe(false);
  });

  it("is no value with a comma in it, where it has to fit", () => {
    const agent = { attribute: "header" as const, name: "user-agent", values: ["Mozilla/5.0*"] };
    const parts = { headers: { "user-agent": "Mozilla/5.0 (KHTML, like Gecko)" } };
    expect(decides("ALLOW", agent, parts)).toBe(true);
    expect(decides("DENY", { ...agent, invert: true }, parts)).toBe(true);
  });

  it.each(["?debug=0&debug=1", "?debug=1&debug=0", "?debug=0&de%62ug=%31", "?debug=0;debug=1", "?a;debug=1"])(
    "is a parameter in %s: none of its values slips through",
    (query) => {
      const debug = { attribute: "query" as const, name: "debug", values: ["1"] };
      expect(decides("DENY", debug, { query })).toBe(false);
      expect(decides("ALLOW", { ...debug, invert: true }, { query })).toBe(false);
      expect(decides("ALLOW", debug, { query })).toBe(false);
      expect(decides("DENY", { ...debug, invert: true }, { query })).toBe(false);
    },
  );

  it("is no parameter that says the same twice", () => {
    const debug = { attribute: "query" as const, name: "debug", values: ["0"] };
    const parts = { query: "?debug=0&x=1&debug=0" };
    expect(decides("ALLOW", debug, parts)).toBe(true);
    expect(decides("DENY", { ...debug, invert: true }, parts)).toBe(true);
  });

  it.each(["x-http-method-override", "x-http-method", "x-method-override"])("is a method under %s", (name) => {
    const deletes = { attribute: "method" as const, values: ["DELETE"] };
    for (const value of ["DELETE", "delete", "PUT, DELETE"]) {
      const parts = { method: "POST", headers: { [name]: value } };
      expect(decides("DENY", deletes, parts)).toBe(false);
      expect(decides("DENY", deletes, parts, 9)).toBe(false);
      expect(decides("ALLOW", { attribute: "method", values: ["POST"] }, parts)).toBe(false);
      expect(decides("ALLOW", { attribute: "method", values: ["POST", "PUT", "DELETE"] }, parts)).toBe(true);
    }
    const parts = { method: "POST", headers: { [name]: "POST" } };
    expect(decides("ALLOW", { attribute: "method", values: ["POST"] }, parts)).toBe(true);
    // Where no policy asks for methods, nobody looks.
    expect(decides("ALLOW", { attribute: "header", name, values: ["*"] }, parts)).toBe(true);
  });

  it("is asked about where one reading matches a CUSTOM policy", () => {
    const open = openAuthorization(
      [{ name: "c", action: "CUSTOM", provider: 0, rules: [{ to: [[{ attribute: "method", values: ["DELETE"] }]] }] }],
      "strict",
    );
    expect(authorizersOf(open, subject({ method: "POST" }))).toEqual([]);
    expect(
      authorizersOf(open, subject({ method: "POST", headers: { "x-http-method-override": "DELETE" } })),
    ).toHaveLength(1);
  });

  it("is taken as it is where the config says so, but for parameters", () => {
    const when: When[] = [
      { attribute: "header", name: "x-mode", values: ["admin"] },
      { attribute: "method", values: ["DELETE"] },
    ];
    const open = openAuthorization(
      [{ name: "p", action: "DENY", rules: when.map((one) => ({ when: [one] })) }],
      "literal",
    );
    const headers = { "x-mode": "admin, x", "x-http-method-override": "DELETE" };
    expect(authorize(open, subject({ headers })).allowed).toBe(true);
  });
});

describe("authorizersOf", () => {
  it("asks nobody where no CUSTOM policy matches", () => {
    expect(authorizersOf(openAuthorization([policy("c", "CUSTOM", "/b")], "strict"), subject({ path: "/a" }))).toEqual(
      [],
    );
  });

  it("asks each authorizer once", () => {
    const all = [policy("c", "CUSTOM"), policy("d", "CUSTOM"), { ...policy("e", "CUSTOM"), provider: 1 }];
    const asked = authorizersOf(openAuthorization(all, "strict"), subject({ path: "/a" }));
    expect(asked).toEqual([
      { provider: 0, policy: "c", rule: 0 },
      { provider: 1, policy: "e", rule: 0 },
    ]);
  });

  it("asks where one reading of the path matches", () => {
    const open = openAuthorization([policy("c", "CUSTOM", "/admin")], "strict");
    expect(authorizersOf(open, subject({ path: "/admin;x" }))).toHaveLength(1);
  });

  it("asks nobody for a policy on trial", () => {
    const open = openAuthorization([{ ...policy("c", "CUSTOM"), dryRun: true }], "strict");
    expect(authorizersOf(open, subject())).toEqual([]);
    expect(observe(open, subject(), authorize(open, subject()))).toEqual([
      { type: "dry-run-ask", policy: "c", rule: 0 },
    ]);
  });
});

describe("observe", () => {
  it.each([
    ["an AUDIT policy that matches", [policy("log", "AUDIT")], [{ type: "audit", policy: "log", rule: 0 }]],
    ["an AUDIT policy that does not", [policy("log", "AUDIT", "/b")], []],
    ["an AUDIT policy on trial", [{ ...policy("log", "AUDIT"), dryRun: true as const }], []],
    [
      "a DENY on trial that would refuse",
      [{ ...policy("d", "DENY"), dryRun: true as const }],
      [{ type: "dry-run", decision: { allowed: false, because: "deny", policy: "d", rule: 0 } }],
    ],
    [
      "an ALLOW on trial that would refuse the rest",
      [{ ...policy("a", "ALLOW", "/b"), dryRun: true as const }],
      [{ type: "dry-run", decision: { allowed: false, because: "no_match" } }],
    ],
    [
      "an ALLOW on trial that would admit more",
      [policy("b", "ALLOW", "/b"), { ...policy("a", "ALLOW", "/a"), dryRun: true as const }],
      [{ type: "dry-run", decision: { allowed: true, because: "allow", policy: "a", rule: 0 } }],
    ],
    [
      "a policy on trial that changes nothing",
      [policy("d", "DENY"), { ...policy("e", "DENY"), dryRun: true as const }],
      [],
    ],
  ] as const)("tells of %s", (_, all, expected) => {
    const open = openAuthorization(all as readonly AuthorizationPolicy[], "strict");
    const one = subject({ path: "/a" });
    expect(observe(open, one, authorize(open, one))).toEqual(expected);
  });

  it("tells of every AUDIT rule that matches, once", () => {
    fc.assert(
      fc.property(policies(["AUDIT"]), request, (all, one) => {
        const open = openAuthorization(all, "strict");
        const told = observe(open, one, authorize(open, one));
        const audited = told.flatMap((item) => (item.type === "audit" ? [`${item.policy} ${item.rule}`] : []));
        const matched = matchingRules(open, one).filter(({ dryRun }) => !dryRun);
        expect([...audited].sort()).toEqual(matched.map((item) => `${item.policy} ${item.rule}`).sort());
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a token's names", () => {
  const allows = (value: string, iss: string, sub: string) => {
    const rules = [{ from: [[{ attribute: "requestPrincipal" as const, values: [value] }]] }];
    const open = openAuthorization([{ name: "a", action: "ALLOW", rules }], "strict");
    return authorize(open, subject({ principal: token({ iss, sub }) })).allowed;
  };

  it.each([
    ["https://i/s", "https://i", "s", true],
    ["https://i/a/s", "https://i", "a/s", false],
    ["https://i/a/s", "https://i/a", "s", true],
    ["https://i/*", "https://i", "s", true],
    ["https://i/*", "https://i/evil", "s", false],
    ["https://i/s*", "https://i", "s1", true],
    ["https*", "https://i", "s", true],
    ["*/s", "https://i", "s", true],
    ["*.com/s", "https://i.com", "s", true],
    ["*s1", "https://i", "as1", true],
    ["*", "https://i", "s", true],
    ["*", "https://i", "", false],
    ["issuer", "issuer", "s", false],
  ] as const)("%s for issuer %s and subject %s: %s", (value, iss, sub, expected) => {
    expect(allows(value, iss, sub)).toBe(expected);
  });
});
