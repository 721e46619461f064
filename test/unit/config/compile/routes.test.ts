import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { decodeConfig } from "../../../../src/config/decode.ts";
import type { MeshConfigInput } from "../../../../src/config/define-mesh.ts";
import type { Mesh } from "../../../../src/core/mesh.ts";
import { matchRoute } from "../../../../src/core/route/match.ts";
import { openRoutes } from "../../../../src/core/route/table.ts";
import { head } from "../../core/route/request.ts";

const endpoints = [
  { id: "a", url: "http://a", labels: { version: "v1" } },
  { id: "b", url: "http://b", labels: { version: "v2" } },
];

async function compile(config: Partial<MeshConfigInput>): Promise<Mesh> {
  const decoded = decodeConfig({ services: { shop: { endpoints } }, routes: [], ...config });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return compileMesh(decoded.config, { nowMs: 0 });
}

type Rule = MeshConfigInput["routes"][number]["rules"][number];
const ruled = (...rules: Rule[]) => ({ routes: [{ rules }] });

describe("listeners", () => {
  it("are one that takes everything when none is named", async () => {
    const { listeners, precedence } = await compile({});
    expect(listeners).toEqual([{ name: "default", hostname: "*", port: 0, protocol: null }]);
    expect(precedence).toBe("specificity");
  });

  it("are what routes attach to by name, or all of them", async () => {
    const { listeners, routes, precedence } = await compile({
      routing: { precedence: "order" },
      listeners: [{ name: "https", hostname: "*.Example.com", port: 443, protocol: "HTTPS" }, { name: "rest" }],
      routes: [{ rules: [{}] }, { listeners: ["rest"], rules: [{}] }],
    });
    expect(listeners).toEqual([
      { name: "https", hostname: "*.example.com", port: 443, protocol: "HTTPS" },
      { name: "rest", hostname: "*", port: 0, protocol: null },
    ]);
    expect(routes.map((route) => route.listeners)).toEqual([[0, 1], [1]]);
    expect(precedence).toBe("order");
  });
});

describe("matches", () => {
  it("have their paths in the form in which requests come", async () => {
    const mesh = await compile(
      ruled(
        { name: "letters", matches: [{ path: { type: "Exact", value: "/%41/caf%c3%a9" } }] },
        { name: "slash", matches: [{ path: { value: "/a%2fb/" } }] },
      ),
    );
    const values = mesh.routes[0]!.rules.map(({ matches }) => matches[0]!.path.value);
    expect(values).toEqual(["/A/caf%C3%A9", "/a%2Fb/"]);
  });

  it("share automata, for what follows what each begins with", async () => {
    const regex = (value: string, ignoreCase = false) => ({
      path: { type: "RegularExpression" as const, value, ignoreCase },
    });
    const { automata, routes } = await compile(
      ruled({ matches: [regex("/a/[0-9]+"), regex("/b/\\d\\d*"), regex("/c", true)] }),
    );
    const paths = routes[0]!.rules[0]!.matches.map(({ path }) => path);
    expect(paths).toMatchObject([
      { value: "/a/[0-9]+", prefix: "/a/", automaton: 0 },
      { value: "/b/\\d\\d*", prefix: "/b/", automaton: 0 },
      { value: "/c", prefix: "/", automaton: 1 },
    ]);
    expect(automata.length).toBe(2);
  });

  it("of all kinds find what was asked for", async () => {
    const mesh = await compile(
      ruled(
        { name: "regex", matches: [{ path: { type: "RegularExpression", value: "(?i)/Items/(\\d+|new)" } }] },
        { name: "text", matches: [{ path: { type: "StringPrefix", value: "/it", ignoreCase: true } }] },
        {
          name: "versioned",
          matches: [{ headers: [{ name: "X-Version", type: "RegularExpression", value: "v[12]" }] }],
        },
        { name: "unversioned", matches: [{ headers: [{ name: "X-Version", type: "Present", invert: true }] }] },
      ),
    );
    const table = openRoutes(mesh);
    const ruleOf = (...request: Parameters<typeof head>) => matchRoute(table, head(...request))?.rule.name;
    expect(ruleOf("h/ITEMS/7")).toBe("regex");
    expect(ruleOf("h/ITEMS/x")).toBe("text");
    expect(ruleOf("h/x", { headers: { "x-version": "v2" } })).toBe("versioned");
    expect(ruleOf("h/x", { headers: { "x-version": "v3" } })).toBeUndefined();
    expect(ruleOf("h/x")).toBe("unversioned");
  });
});

describe("backends", () => {
  it("that refer to nothing keep their share", async () => {
    const { routes } = await compile(
      ruled({ backendRefs: [{ service: "shop" }, { invalid: "RefNotPermitted", weight: 3 }] }),
    );
    expect(routes[0]!.rules[0]!.backendRefs).toEqual([
      { service: 0, weight: 1, policy: 0, filters: null },
      { service: -1, weight: 3, policy: -1, filters: null },
    ]);
  });

  it("may be named by alias and by subset", async () => {
    const { routes, services, policies } = await compile({
      services: {
        shop: {
          endpoints,
          aliases: ["shop.default.svc"],
          retry: { attempts: 1, bufferBytes: 7 },
          subsets: {
            v1: { labels: { version: "v1" }, retry: { attempts: 5 }, hedge: {}, panicThreshold: 9 },
            none: { labels: { version: "v9" } },
          },
        },
      },
      ...ruled(
        { backendRefs: [{ service: "shop.default.svc" }] },
        { backendRefs: [{ service: "shop.default.svc", subset: "v1" }], retry: { codes: [503] } },
      ),
    });
    expect(
      services.map(({ name, endpoints: own, panicThreshold }) => [name, own.map(({ id }) => id), panicThreshold]),
    ).toEqual([
      ["shop", ["a", "b"], 0],
      ["shop/v1", ["a"], 9],
      ["shop/none", [], 0],
    ]);
    const [whole, part] = routes[0]!.rules.map(({ backendRefs }) => backendRefs[0]!);
    expect([whole!.service, part!.service]).toEqual([0, 1]);
    expect(policies[whole!.policy]).toMatchObject({ retry: { attempts: 1, bufferBytes: 7 }, hedge: null });
    expect(policies[part!.policy]).toMatchObject({
      retry: { attempts: 5, bufferBytes: 7, codes: [503] },
      hedge: { percentile: 95 },
    });
    expect(services.map(({ hedgePercentile }) => hedgePercentile)).toEqual([0, 95, 0]);
  });

  it("fall back to a service by its alias", async () => {
    const { services } = await compile({
      services: { shop: { endpoints, fallback: [{ service: "old" }] }, spare: { endpoints, aliases: ["old"] } },
    });
    expect(services[0]!.fallback).toEqual([{ type: "service", service: 1, policy: 0 }]);
  });
});

describe("a session", () => {
  it("is named after route and rule, so that two do not share a cookie", async () => {
    const { routes } = await compile(ruled({ sessionPersistence: {} }, { sessionPersistence: {} }));
    const [one, other] = routes[0]!.rules.map(({ sessionPersistence }) => sessionPersistence!);
    expect(one).toEqual({
      type: "cookie",
      sessionName: expect.stringMatching(/^heddle-session-[0-9a-f]{8}$/),
      absoluteTimeoutMs: 0,
      idleTimeoutMs: 0,
      lifetime: "Session",
    });
    expect(one!.sessionName).not.toBe(other!.sessionName);
  });

  it("has its times in milliseconds, and its header in lower case", async () => {
    const sessionPersistence = {
      type: "Header",
      sessionName: "X-Session",
      absoluteTimeout: "1h",
      idleTimeout: "5m",
    } as const;
    const { routes } = await compile(ruled({ sessionPersistence, splitOn: [{ type: "header", name: "X-User" }] }));
    expect(routes[0]!.rules[0]).toMatchObject({
      splitOn: [{ type: "header", name: "x-user" }],
      sessionPersistence: {
        type: "header",
        sessionName: "x-session",
        absoluteTimeoutMs: 3_600_000,
        idleTimeoutMs: 300_000,
      },
    });
  });
});
