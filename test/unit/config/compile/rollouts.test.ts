import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { decodeConfig } from "../../../../src/config/decode.ts";
import type { MeshConfigInput } from "../../../../src/config/define-mesh.ts";
import type { Mesh } from "../../../../src/core/mesh.ts";

const endpoints = [
  { id: "a", url: "http://a", labels: { version: "v1" } },
  { id: "b", url: "http://b", labels: { version: "v2" } },
];
const subsets = { v1: { labels: { version: "v1" } }, v2: { labels: { version: "v2" } } };

async function compile(config: Partial<MeshConfigInput>): Promise<Mesh> {
  const services = { shop: { endpoints, subsets, aliases: ["shop.old"] } };
  const decoded = decodeConfig({ services, routes: [], ...config });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return compileMesh(decoded.config, { nowMs: 0 });
}

type Rule = MeshConfigInput["routes"][number]["rules"][number];
type BackendFilters = Extract<NonNullable<Rule["backendRefs"]>[number], { rollout: string }>["filters"];

const sides = { stable: { service: "shop.old", subset: "v1" }, canary: { service: "shop", subset: "v2" } };
const rollouts: MeshConfigInput["rollouts"] = {
  usual: { ...sides, steps: [{ weight: 5, bake: "5m" }] },
  strict: {
    ...sides,
    steps: [
      { weight: 0.5, bake: "10s" },
      { weight: 100, bake: "1h" },
    ],
    analysis: {
      minRequests: 100,
      confidence: 99.9,
      successRate: { min: 99.9, maxDrop: 0.05 },
      p99: { max: "500ms", maxRatio: 0 },
      rollBackAfter: "30m",
    },
    force: { header: "X-Rollout", cookie: "Rollout" },
  },
};

describe("rollouts", () => {
  it("are compiled to indices, milliseconds and shares", async () => {
    const mesh = await compile({ rollouts });
    const names = mesh.services.map(({ name }) => name);
    const [stable, canary] = [names.indexOf("shop/v1"), names.indexOf("shop/v2")];
    expect(mesh.rollouts).toEqual([
      {
        name: "usual",
        stable,
        canary,
        steps: [{ percent: 5, bakeMs: 300_000 }],
        analysis: {
          minRequests: 500,
          alpha: 0.01,
          maxFailureRatio: 0.01,
          maxFailureRise: 0.01,
          maxP99Ms: 0,
          maxP99Ratio: 1.5,
          rollBackAfterMs: null,
        },
        force: { header: null, cookie: null },
      },
      {
        name: "strict",
        stable,
        canary,
        steps: [
          { percent: 0.5, bakeMs: 10_000 },
          { percent: 100, bakeMs: 3_600_000 },
        ],
        analysis: {
          minRequests: 100,
          alpha: 0.001,
          maxFailureRatio: 0.001,
          maxFailureRise: 0.0005,
          maxP99Ms: 500,
          maxP99Ratio: 0,
          rollBackAfterMs: 1_800_000,
        },
        force: { header: "x-rollout", cookie: "Rollout" },
      },
    ]);
  });

  it("make their sides keep percentiles, and no other service", async () => {
    const { services } = await compile({ rollouts });
    expect(services.map(({ name, inRollout }) => [name, inRollout])).toEqual([
      ["shop", undefined],
      ["shop/v1", true],
      ["shop/v2", true],
    ]);
  });

  it("are backends of rules, with the rule's overrides and filters for either side", async () => {
    const filters: BackendFilters = [
      { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-a", value: "1" }] } },
    ];
    const { routes, policies, services } = await compile({
      rollouts,
      routes: [
        {
          rules: [
            {
              backendRefs: [{ rollout: "strict", weight: 3, filters }, { service: "shop" }],
              timeouts: { request: "3s" },
            },
          ],
        },
      ],
    });
    const [ref, plain] = routes[0]!.rules[0]!.backendRefs;
    expect(services[ref!.service]!.name).toBe("shop/v1");
    expect(services[ref!.rollout!.canary.service]!.name).toBe("shop/v2");
    expect(ref).toMatchObject({ weight: 3, rollout: { index: 1, canary: { weight: 3, filters: ref!.filters } } });
    expect(policies[ref!.rollout!.canary.policy]!.requestTimeoutMs).toBe(3_000);
    expect(plain!.rollout).toBeUndefined();
  });

  it("leave a mesh without any as it was", async () => {
    expect(Object.keys(await compile({}))).not.toContain("rollouts");
  });
});
