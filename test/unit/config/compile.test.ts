import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../src/config/compile.ts";
import { decodeConfig, parseConfig } from "../../../src/config/decode.ts";
import type { MeshConfigInput } from "../../../src/config/define-mesh.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import { arbitraryConfig } from "./arbitrary-config.ts";
import { BARE, SMALLEST_JSON, SMALLEST_YAML } from "./smallest.ts";

async function compile(config: unknown, nowMs = 0): Promise<Mesh> {
  const decoded = decodeConfig(config);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return compileMesh(decoded.config, { nowMs });
}

const ENDPOINT = { id: "a", url: "http://a" };

describe("compileMesh", () => {
  it("makes a mesh that passes as JSON unchanged", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryConfig, async (config) => {
        const mesh = await compile(config, 5);
        expect(JSON.parse(JSON.stringify(mesh))).toStrictEqual(mesh);
      }),
      { seed: 10, numRuns: 100 },
    );
  });

  it("gives the same version to the same config, whenever and from whatever form it is compiled", async () => {
    const versions = [
      await compile(JSON.parse(SMALLEST_JSON), 1),
      await compile(JSON.parse(SMALLEST_JSON), 2),
      await compile((parseConfig(SMALLEST_YAML) as { config: unknown }).config, 3),
    ];
    expect(new Set(versions.map(({ version }) => version)).size).toBe(1);
    expect(versions.map(({ compiledAtMs }) => compiledAtMs)).toEqual([1, 2, 3]);
    expect(versions[0]!.version).toMatch(/^[0-9a-f]{16}$/);
  });

  it("gives another version to another config", async () => {
    const versions = await Promise.all(
      [{}, { panicThreshold: 30 }, { retry: { attempts: 1 } }, { fallback: [{ staleIfError: {} }] }].map((settings) =>
        compile({ ...BARE, services: { ...BARE.services, shop: { endpoints: [ENDPOINT], ...settings } } }),
      ),
    );
    expect(new Set(versions.map(({ version }) => version)).size).toBe(4);
  });

  it("names what has no name by its index, and fills in what a match leaves out", async () => {
    const { routes } = await compile(BARE);
    expect(routes).toEqual([
      {
        name: "route-0",
        hostnames: ["*"],
        listeners: [0],
        rules: [
          {
            name: "rule-0",
            matches: [{ path: { type: "PathPrefix", value: "/" }, headers: [], queryParams: [] }],
            filters: null,
            backendRefs: [{ service: 0, weight: 1, policy: 0, filters: null }],
            splitOn: [],
            sessionPersistence: null,
          },
        ],
      },
    ]);
  });

  it("brings names that ignore case into lower case", async () => {
    const match = {
      headers: [{ name: "X-Env", value: "A" }],
      queryParams: [{ name: "Q", value: "B" }],
      method: "PUT" as const,
    };
    const { routes } = await compile({
      ...BARE,
      routes: [{ hostnames: ["Shop.Example.com", "shop.example.com"], rules: [{ matches: [match] }] }],
    });
    expect(routes[0]!.hostnames).toEqual(["shop.example.com"]);
    expect(routes[0]!.rules[0]!.matches[0]).toEqual({
      path: { type: "PathPrefix", value: "/" },
      method: "PUT",
      headers: [{ name: "x-env", match: { type: "Exact", value: "A" } }],
      queryParams: [{ name: "Q", match: { type: "Exact", value: "B" } }],
    });
  });

  it("keeps alike policies once", async () => {
    const rule = (service: string, overrides = {}) => ({ backendRefs: [{ service }], ...overrides });
    const { routes, policies } = await compile({
      ...BARE,
      routes: [
        { rules: [rule("shop"), rule("cart"), rule("shop", { timeouts: { request: "1s" } })] },
        { rules: [rule("cart", { timeouts: { request: "1000ms" } }), rule("shop", { timeouts: {} })] },
      ],
    });
    const used = routes.flatMap(({ rules }) => rules.map(({ backendRefs }) => backendRefs[0]!.policy));
    expect(used).toEqual([0, 0, 1, 1, 0]);
    expect(policies.map(({ requestTimeoutMs }) => requestTimeoutMs)).toEqual([15_000, 1_000]);
  });

  it("gives a fallback service the policy of its own settings, not the rule's", async () => {
    const config: MeshConfigInput = {
      services: {
        shop: { endpoints: [ENDPOINT], fallback: [{ service: "mirror" }] },
        mirror: { endpoints: [ENDPOINT], timeouts: { request: "3s" }, hedge: { percentile: 99 } },
      },
      routes: [{ rules: [{ backendRefs: [{ service: "shop" }], timeouts: { request: "1s" } }] }],
    };
    const { services, policies } = await compile(config);
    const [fallback] = services[0]!.fallback;
    expect(fallback).toEqual({ type: "service", service: 1, policy: 1 });
    expect(policies[1]!.requestTimeoutMs).toBe(3_000);
    expect(services.map(({ hedgePercentile }) => hedgePercentile)).toEqual([0, 99]);
  });

  it("knows the highest percentile that a rule hedges a service at", async () => {
    const { services } = await compile({
      services: { shop: { endpoints: [ENDPOINT], hedge: {} } },
      routes: [
        {
          rules: [
            { backendRefs: [{ service: "shop" }] },
            { backendRefs: [{ service: "shop" }], hedge: { percentile: 98 } },
          ],
        },
      ],
    });
    expect(services[0]!.hedgePercentile).toBe(98);
  });

  it("resolves the edge's settings", async () => {
    const { edge } = await compile({ ...BARE, edge: { syncMin: "10s", xForwarded: "append" } });
    expect(edge).toEqual({
      mergeSlashes: true,
      xForwarded: "append",
      forwarded: "off",
      via: true,
      maxHops: 3,
      timeoutHeader: true,
      coldWaitMs: 50,
      syncMinMs: 10_000,
      syncMaxMs: 10_000,
    });
  });
});
