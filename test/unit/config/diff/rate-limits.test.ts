import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";
import { diffMeshes } from "../../../../src/config/diff/diff.ts";
import { withTraffic } from "../../../../src/config/diff/traffic.ts";
import type { Mesh } from "../../../../src/core/mesh.ts";

async function compiled(text: string): Promise<Mesh> {
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed));
  return compileMesh(parsed.config, { nowMs: 1_000 });
}

const BASE = `
rateLimits:
  per-client: { limit: 100, window: 1m }
  daily: { algorithm: quota, limit: 1000, period: day }
services: { shop: { endpoints: [{ id: a, url: "https://a.example.com" }] } }
routes:
  - { name: limited, rateLimits: [per-client], rules: [{ backendRefs: [{ service: shop }] }] }
  - { name: free, hostnames: [free.test], rules: [{ backendRefs: [{ service: shop }] }] }
`;

async function changesOf(find: string, put: string) {
  const { changes } = diffMeshes(await compiled(BASE), await compiled(BASE.replace(find, put)));
  return changes.map(({ kind, what, name, fields, touches }) => ({ kind, what, name, fields, routes: touches.routes }));
}

describe("the difference of rate limits", () => {
  it("is said field by field, in the words of the config, and touches the routes that it holds for", async () => {
    expect(
      await changesOf("window: 1m", "window: 90s, burst: 10, key: [{ ip: { v6Prefix: 56 } }, { header: X-T }]"),
    ).toEqual([
      {
        kind: "changed",
        what: "rateLimit",
        name: "per-client",
        fields: [
          { path: "rateLimits.per-client.window", before: "1m", after: "1m30s" },
          { path: "rateLimits.per-client.burst", before: 100, after: 10 },
          { path: "rateLimits.per-client.key", before: ["ip"], after: ["ip /56", "header x-t"] },
        ],
        routes: ["limited"],
      },
    ]);
  });

  it("is said of the rules that refer to others than before", async () => {
    expect(await changesOf("[per-client]", "[daily, per-client]")).toEqual([
      {
        kind: "changed",
        what: "route",
        name: "limited",
        fields: [
          {
            path: "routes.limited.rules.rule-0.rateLimits",
            before: ["per-client"],
            after: ["per-client", "daily"],
          },
        ],
        routes: ["limited"],
      },
    ]);
  });

  it("is said of limits that come and go", async () => {
    expect(await changesOf("  daily: {", "  monthly: {")).toMatchObject([
      { kind: "added", what: "rateLimit", name: "monthly", routes: [] },
      { kind: "removed", what: "rateLimit", name: "daily", routes: [] },
    ]);
  });

  it("touches the share of the traffic that its routes have", async () => {
    const diff = diffMeshes(await compiled(BASE), await compiled(BASE.replace("limit: 100", "limit: 99")));
    const routes = { limited: 0.25, free: 0.75 };
    expect(withTraffic(diff, { services: { shop: 1 }, routes }).trafficShare).toBe(0.25);
    expect(withTraffic(diff, { services: { shop: 1 } }).trafficShare).toBeNull();
    const unused = diffMeshes(await compiled(BASE), await compiled(BASE.replace("limit: 1000", "limit: 999")));
    expect(withTraffic(unused, { services: { shop: 1 } }).trafficShare).toBe(0);
  });

  it("is none for another order", async () => {
    const [one, other] = BASE.match(/ {2}(per-client|daily):.*\n/g)!;
    expect(await changesOf(`${one}${other}`, `${other}${one}`)).toEqual([]);
  });
});
