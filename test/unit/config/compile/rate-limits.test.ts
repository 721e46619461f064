import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";

async function compiled(limits: string, routes: string) {
  const decoded = parseConfig(`
rateLimits: { ${limits} }
services: { shop: { endpoints: [{ id: a, url: "https://a.example.com" }] } }
routes: [${routes}]
`);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  const mesh = await compileMesh(decoded.config, { nowMs: 1 });
  const held = mesh.routes.map(({ rules }) =>
    rules.map(({ guard }) =>
      (guard === undefined ? [] : (mesh.guards?.[guard]?.rateLimits ?? [])).map(
        (index) => mesh.rateLimits![index]!.name,
      ),
    ),
  );
  return { mesh, held };
}

/** A limit without a name of the route `r`. */
const OWN_OF_R = /^r#[0-9a-f]{8}$/;
const to = "backendRefs: [{ service: shop }]";

describe("rate limits", () => {
  it("are absent where nothing is limited", async () => {
    const { mesh } = await compiled("", `{ rules: [{ ${to} }] }`);
    expect([mesh.rateLimits, mesh.guards]).toEqual([undefined, undefined]);
  });

  it("have every default resolved", async () => {
    const { mesh } = await compiled("some: { limit: 60, window: 1m }", `{ rules: [{ ${to} }] }`);
    expect(mesh.rateLimits).toEqual([
      {
        name: "some",
        counting: { type: "token-bucket", limit: 60, windowMs: 60_000, burst: 60 },
        key: [{ type: "ip", v6Prefix: 64 }],
        cost: { type: "fixed", units: 1 },
        scope: { type: "local" },
        onFailure: "open",
        dryRun: false,
        headers: true,
      },
    ]);
  });

  it("are compiled algorithm by algorithm", async () => {
    const { mesh } = await compiled(
      `log: { algorithm: sliding-log, limit: 5, window: 10s },
       window: { limit: 5, window: 10s, scope: colo, binding: RL, onFailure: closed },
       daily: { algorithm: quota, limit: 5, period: month },
       places: { algorithm: concurrency, limit: 5 }`,
      `{ rules: [{ ${to} }] }`,
    );
    expect(mesh.rateLimits!.map(({ counting, scope }) => [counting, scope])).toEqual([
      [{ type: "sliding-log", limit: 5, windowMs: 10_000 }, { type: "local" }],
      [
        { type: "sliding-window", limit: 5, windowMs: 10_000 },
        { type: "colo", binding: "RL" },
      ],
      [{ type: "quota", limit: 5, period: "month" }, { type: "global" }],
      [{ type: "concurrency", limit: 5, holdMs: 60_000 }, { type: "local" }],
    ]);
    expect(mesh.rateLimits![1]!.onFailure).toBe("closed");
  });

  it("are compiled part by part of their keys, names of headers in lower case", async () => {
    const { mesh } = await compiled(
      "some: { limit: 6, window: 1m, cost: { header: X-Cost, max: 3 }, key: [{ ip: { v6Prefix: 56 } }, { header: X-Tenant }, { cookie: SID }, { claim: sub }, { claim: [a, b] }, route] }",
      `{ rules: [{ ${to} }] }`,
    );
    expect(mesh.rateLimits![0]).toMatchObject({
      cost: { type: "header", name: "x-cost", default: 1, max: 3 },
      key: [
        { type: "ip", v6Prefix: 56 },
        { type: "header", name: "x-tenant" },
        { type: "cookie", name: "SID" },
        { type: "claim", claim: ["sub"] },
        { type: "claim", claim: ["a", "b"] },
        { type: "route" },
      ],
    });
  });

  it("hold for a rule together with those of its route, each once, local ones first", async () => {
    const { mesh, held } = await compiled(
      "all: { limit: 6, window: 1m, scope: global }, per: { limit: 6, window: 1m }",
      `{ name: r, rateLimits: [all, { limit: 7, window: 1s }], rules: [{ ${to} }, { name: x, ${to}, rateLimits: [per, all, { limit: 8, window: 1s }] }] }`,
    );
    expect(held).toEqual([
      [
        [expect.stringMatching(OWN_OF_R), "all"],
        [expect.stringMatching(OWN_OF_R), "per", expect.stringMatching(/^r#x#[0-9a-f]{8}$/), "all"],
      ],
    ]);
    expect(mesh.rateLimits!.map(({ name }) => name)).toEqual(["all", "per", held[0]![0]![0], held[0]![1]![2]]);
  });

  it("are one limit for all rules of a route that has its own, and stored once in guards", async () => {
    const { mesh, held } = await compiled(
      "",
      `{ name: r, rateLimits: [{ limit: 7, window: 1s }], rules: [{ ${to} }, { ${to} }] }`,
    );
    expect(held).toEqual([[[expect.stringMatching(OWN_OF_R)], [held[0]![0]![0]]]]);
    expect(mesh.guards).toHaveLength(1);
    expect(mesh.rateLimits).toHaveLength(1);
  });

  it("never take one place for another, and have names that objects can be named by", async () => {
    const long = "r".repeat(253);
    const { mesh } = await compiled(
      "",
      `{ name: a/b, rateLimits: [{ limit: 1, window: 1s }], rules: [{ ${to} }] },
       { name: a, rules: [{ name: b, ${to}, rateLimits: [{ limit: 2, window: 1s }] }] },
       { name: ${long}, rules: [{ name: ${long}, ${to}, rateLimits: [{ limit: 3, window: 1s }, { limit: 4, window: 1s }] }] }`,
    );
    const names = mesh.rateLimits!.map(({ name }) => name);
    expect(new Set(names).size).toBe(4);
    expect(names.slice(0, 2)).toEqual([expect.stringMatching(/^a\/b#/), expect.stringMatching(/^a#b#/)]);
    for (const name of names) expect(name.length).toBeLessThan(210);
  });

  describe("without a name", () => {
    const limit = (n: number) => `rateLimits: [{ limit: ${n}, window: 1m }]`;
    const at = (path: string, more: string) => `{ matches: [{ path: { value: ${path} } }], ${to}, ${more} }`;
    const namesOf = async (routes: string) => (await compiled("", routes)).mesh.rateLimits!.map(({ name }) => name);
    const host = (name: string) => `hostnames: [${name}.example.com]`;

    it("keep the name that they count by when routes, rules and limits are added before them, or others are moved", async () => {
      const one = `{ ${host("a")}, ${limit(9)}, rules: [${at("/x", limit(1))}, ${at("/y", limit(1))}] }`;
      const [ofRoute, ofX, ofY] = await namesOf(one);
      expect(new Set([ofRoute, ofX, ofY]).size).toBe(3);
      const more = `{ ${host("b")}, rules: [${at("/x", limit(1))}] },
        { ${host("a")}, rateLimits: [{ limit: 5, window: 1s }, { limit: 9, window: 1m }], rules: [${at("/new", limit(1))}, ${at("/y", limit(1))}, ${at("/x", limit(1))}] }`;
      const after = await namesOf(more);
      expect(after).toEqual(expect.arrayContaining([ofRoute, ofX, ofY]));
      expect(new Set(after).size).toBe(6);
    });

    it("keep it when a rule with a name is for something else, and not when they count otherwise", async () => {
      const rule = (path: string, n: number) => `{ name: r, rules: [${at(path, `name: x, ${limit(n)}`)}] }`;
      const [before] = await namesOf(rule("/x", 1));
      expect(await namesOf(rule("/y", 1))).toEqual([before]);
      expect(await namesOf(rule("/x", 2))).not.toEqual([before]);
      const shown = rule("/x", 1).replace("window: 1m", "window: 60s, headers: false, dryRun: true");
      expect(await namesOf(shown)).toEqual([before]);
    });

    it("are two where the same is said twice, of one rule or of two that are the same", async () => {
      const twice = "rateLimits: [{ limit: 1, window: 1m }, { limit: 1, window: 1m }]";
      const names = await namesOf(`{ rules: [${at("/x", twice)}, ${at("/x", twice)}] }`);
      expect(new Set(names).size).toBe(4);
      expect(names.map((name) => name.replace(/^route#rule#[0-9a-f]{8}/, ""))).toEqual(["", "#2", "#3", "#4"]);
    });
  });
});
