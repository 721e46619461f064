import { describe, expect, it } from "vitest";
import { AutomatonTable } from "../../../../src/config/compile/automata.ts";
import { compileBounds } from "../../../../src/config/compile/bounds.ts";
import { boundsSchema } from "../../../../src/config/schema/bounds.ts";
import { type BoundedRequest, breachOf, openBounds } from "../../../../src/core/limit/bounds.ts";
import { openAutomaton } from "../../../../src/core/route/automaton.ts";
import { normalPath } from "../../../../src/core/route/normal-path.ts";

function opened(config: Record<string, unknown> = {}) {
  const automata = new AutomatonTable();
  const bounds = compileBounds(boundsSchema.parse(config), undefined, automata)!;
  return openBounds(bounds, (index) => openAutomaton(automata.all[index]!));
}

function request(more: Partial<BoundedRequest> & { fields?: Record<string, string> } = {}): BoundedRequest {
  const fields = new Map(Object.entries(more.fields ?? { "user-agent": "test" }));
  return {
    method: "GET",
    path: "/shop",
    query: "",
    headers: fields,
    header: (name) => fields.get(name) ?? null,
    bot: () => undefined,
    ...more,
  };
}

const at = (path: string, mergeSlashes = true) => request({ path: normalPath(path, mergeSlashes) });

describe("breachOf", () => {
  it("finds nothing in a usual request", () => {
    expect(breachOf(opened(), request(), false)).toBeNull();
  });

  it("counts path and query, header fields and their bytes up to the bound itself", () => {
    const open = opened({ maxUrlLength: 10, maxHeaders: 2, maxHeaderBytes: 20 });
    expect(breachOf(open, request({ path: "/12345", query: "?789" }), false)).toBeNull();
    expect(breachOf(open, request({ path: "/12345", query: "?7890" }), false)).toEqual({
      bound: "urlLength",
      seen: 11,
      most: 10,
    });
    expect(breachOf(open, request({ fields: { a: "1", b: "2", c: "3" } }), false)?.bound).toBe("headers");
    expect(breachOf(open, request({ fields: { a: "x".repeat(19) } }), false)).toBeNull();
    expect(breachOf(open, request({ fields: { a: "x".repeat(20) } }), false)?.bound).toBe("headerBytes");
  });

  it("looks at the method that a header asks for too", () => {
    const open = opened({ methods: ["GET", "POST"] });
    const asking = (method: string, name = "x-http-method-override") =>
      breachOf(open, request({ method: "POST", fields: { [name]: method } }), false);
    expect([asking("GET"), asking("post")]).toEqual([null, null]);
    expect(asking("DELETE")).toEqual({ bound: "method", seen: 0, most: 0 });
    expect([asking("GET, DELETE", "x-method-override")?.bound, asking("PUT", "x-http-method")?.bound]).toEqual([
      "method",
      "method",
    ]);
    expect(
      breachOf(opened({ methods: [] }), request({ fields: { "x-http-method-override": "DELETE" } }), false),
    ).toBeNull();
  });

  it("finds names with underscores where they are refused, whatever else is bounded", () => {
    const fields = { "x-forwarded-for": "1", x_forwarded_for: "2" };
    for (const more of [{}, { maxHeaders: 0, maxHeaderBytes: 0 }]) {
      expect(breachOf(opened({ ...more, underscoreHeaders: "refuse" }), request({ fields }), false)).toEqual({
        bound: "headerName",
        seen: 0,
        most: 0,
      });
      expect(breachOf(opened(more), request({ fields }), false)).toBeNull();
    }
    expect(breachOf(opened({ underscoreHeaders: "refuse" }), request(), false)).toBeNull();
  });

  it("takes a length that is no number for one that is too large", () => {
    expect(breachOf(opened(), request({ fields: { "content-length": "1e99" } }), false)?.bound).toBe("bodyBytes");
    expect(breachOf(opened(), request({ fields: { "content-length": "x" } }), false)?.bound).toBe("bodyBytes");
  });

  it("does not look at the method where any may come", () => {
    expect(breachOf(opened(), request({ method: "TRACE" }), false)?.bound).toBe("method");
    expect(breachOf(opened(), request({ method: "TRACE" }), true)).toBeNull();
  });

  it.each([
    ["/.git"],
    ["/.git/HEAD"],
    ["/app/.env.local"],
    ["/.htpasswd"],
    ["/%2E%67it"],
    ["/x/../.git"],
    ["\\.git"],
    ["/.git%00.png"],
    ["/.git;jsessionid=1/HEAD"],
    ["/a%2F.git"],
    ["/%252egit"],
  ])("denies %s by default", (path) => {
    expect(breachOf(opened(), at(path), false)?.bound).toMatch(/path/i);
  });

  it("denies what slashes in a row hide where they are kept", () => {
    expect(breachOf(opened(), at("//.git", false), false)?.bound).toBe("path");
    expect(breachOf(opened({ deniedPaths: [{ value: "/admin" }] }), at("//admin//x", false), false)?.bound).toBe(
      "path",
    );
  });

  it("denies the default paths beside those of a list that names them, and not beside one that does not", () => {
    const own = { value: "/admin" };
    for (const [deniedPaths, denied] of [
      [undefined, ["/.git/HEAD"]],
      [[own], ["/admin/users"]],
      [["default"], ["/.git/HEAD"]],
      [
        ["default", own],
        ["/.git/HEAD", "/admin/users"],
      ],
      [
        [own, "default", "default"],
        ["/.git/HEAD", "/admin/users"],
      ],
      [[], []],
    ] as const) {
      const open = opened(deniedPaths === undefined ? {} : { deniedPaths });
      const refused = ["/.git/HEAD", "/admin/users", "/shop"].filter(
        (path) => breachOf(open, at(path), false) !== null,
      );
      expect(refused, JSON.stringify(deniedPaths)).toEqual(denied);
    }
  });

  it("takes the default ones for the word in a rule's list, whatever its route denies", () => {
    const automata = new AutomatonTable();
    const route = boundsSchema.parse({ deniedPaths: [{ value: "/admin" }] });
    const bounds = compileBounds(route, { deniedPaths: ["default"] }, automata)!;
    const open = openBounds(bounds, (index) => openAutomaton(automata.all[index]!));
    expect(breachOf(open, at("/.env"), false)?.bound).toBe("path");
    expect(breachOf(open, at("/admin"), false)).toBeNull();
  });

  it.each(["/.well-known/acme-challenge/x", "/v1/git", "/a.git.b", "/legit/path", "/a;v=1", "/a%2Fb"])(
    "has nothing against %s",
    (path) => {
      expect(breachOf(opened(), at(path), false)).toBeNull();
    },
  );

  it("refuses what climbs in one reading, and with `refuse` all that is read in several ways", () => {
    for (const path of ["/a/..;/b", "/a/.;x/b", "/a%2F..%2Fb", "/a%5C..%5Cb", "/%252e%252e/b", "/a/..%00"]) {
      expect(breachOf(opened({ deniedPaths: [] }), at(path), false)?.bound, path).toBe("ambiguousPath");
      expect(breachOf(opened({ deniedPaths: [], ambiguousPaths: "allow" }), at(path), false), path).toBeNull();
    }
    expect(breachOf(opened({ ambiguousPaths: "refuse" }), at("/a;v=1"), false)?.bound).toBe("ambiguousPath");
  });

  it("takes time in proportion to the path, whatever the pattern", () => {
    const open = opened({ deniedPaths: [{ type: "RegularExpression", value: "(/a*)*b" }], maxUrlLength: 0 });
    const tookMs = [0, 1, 2].map(() => {
      const startedAt = performance.now();
      breachOf(open, request({ path: `/${"a".repeat(16_000)}` }), false);
      return performance.now() - startedAt;
    });
    // A backtracking matcher would take longer than the universe is old; a machine may stand still in one of them.
    expect(Math.min(...tookMs)).toBeLessThan(1_000);
  });

  it("compares user agents as plain text", () => {
    const open = opened({ deniedUserAgents: ["Bad.Bot", "(a+)+$"] });
    const by = (agent: string) => breachOf(open, request({ fields: { "user-agent": agent } }), false)?.bound;
    expect(by("x BAD.BOT/2")).toBe("userAgent");
    expect(by("x BADxBOT/2")).toBeUndefined();
    expect(by(`${"a".repeat(50)}!`)).toBeUndefined();
    expect(by("x (A+)+$")).toBe("userAgent");
  });

  it("judges bots where the platform does, and lets known ones in", () => {
    const open = opened({ bots: { minScore: 30 } });
    const judged = (score: number, isVerified: boolean) =>
      breachOf(open, request({ bot: () => ({ score, isVerified }) }), false)?.bound;
    expect(judged(29, false)).toBe("bot");
    expect(judged(30, false)).toBeUndefined();
    expect(judged(1, true)).toBeUndefined();
    expect(breachOf(open, request(), false)).toBeNull();
  });
});
