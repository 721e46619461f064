import { describe, expect, it } from "vitest";
import type { PathMatch, SessionPersistence } from "../../../../src/core/mesh.ts";
import { cookiePath, sessionCookie } from "../../../../src/core/session/cookie.ts";

const matchOf = (path: PathMatch) => ({ path, headers: [], queryParams: [] });
const prefix = (value: string) => matchOf({ type: "PathPrefix", value });
const persistence: SessionPersistence = {
  type: "cookie",
  sessionName: "seat",
  absoluteTimeoutMs: 0,
  idleTimeoutMs: 0,
  lifetime: "Session",
};
const base = { persistence, token: "t", beganAtMs: 0, nowMs: 0, isSecure: false, matches: [prefix("/cart")] };

describe("sessionCookie", () => {
  it("is for the rule's path, not for scripts, and gone with the browser", () => {
    expect(sessionCookie(base)).toBe("seat=t; Path=/cart; HttpOnly; SameSite=Lax");
  });

  it("is sent over TLS alone where it came over TLS", () => {
    expect(sessionCookie({ ...base, isSecure: true })).toBe("seat=t; Path=/cart; HttpOnly; SameSite=Lax; Secure");
  });

  it("lives as long as the session has left when it is permanent", () => {
    const permanent = { ...persistence, lifetime: "Permanent", absoluteTimeoutMs: 60_000 } as const;
    const cookie = sessionCookie({ ...base, persistence: permanent, nowMs: 15_500 });
    expect(cookie).toBe("seat=t; Path=/cart; Max-Age=45; HttpOnly; SameSite=Lax");
  });

  it("has the path that a __Host- prefix asks for", () => {
    const named = { ...persistence, sessionName: "__Host-seat" };
    expect(sessionCookie({ ...base, persistence: named })).toContain("; Path=/;");
  });
});

describe("cookiePath", () => {
  it.each<[string, readonly PathMatch[], string]>([
    ["one prefix", [{ type: "PathPrefix", value: "/a/b" }], "/a/b"],
    ["a prefix with a slash at its end", [{ type: "PathPrefix", value: "/a/b/" }], "/a/b"],
    ["everything", [{ type: "PathPrefix", value: "/" }], "/"],
    ["an exact path", [{ type: "Exact", value: "/a/b" }], "/a/b"],
    ["a prefix by character", [{ type: "StringPrefix", value: "/a/be" }], "/a"],
    ["what several have in common", [prefix("/a/b").path, prefix("/a/c").path], "/a"],
    ["one that is below the other", [prefix("/a/b/c").path, prefix("/a").path], "/a"],
    ["nothing in common", [prefix("/a").path, prefix("/b").path], "/"],
    ["a pattern", [{ type: "RegularExpression", value: "/a/.*", automaton: 0, prefix: "/a/" }], "/"],
    ["any case", [{ type: "PathPrefix", value: "/a", ignoreCase: true }], "/"],
    ["what would end the attribute", [prefix("/a/b;c/d").path], "/a"],
    ["no match at all", [], "/"],
  ])("of %s", (_, paths, expected) => {
    expect(cookiePath(paths.map(matchOf))).toBe(expected);
  });
});
