import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { decodeConfig } from "../../../../src/config/decode.ts";
import type { Mesh } from "../../../../src/core/mesh.ts";

async function compile(shop: Record<string, unknown>): Promise<Mesh> {
  const result = decodeConfig({
    services: { shop: { endpoints: [{ id: "a", url: "https://a.example" }], ...shop } },
    discovery: { clusters: { east: { apiServer: "https://k8s.example/" } }, allow: ["http"] },
    routes: [{ hostnames: ["shop.example.com"], rules: [{ backendRefs: [{ service: "shop" }] }] }],
  });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return compileMesh(result.config, { nowMs: 0 });
}

describe("compiled discovery", () => {
  it("is not in the mesh of services that find nothing", async () => {
    const mesh = await compile({});
    expect(mesh.services[0]).not.toHaveProperty("discovery");
    expect(mesh).not.toHaveProperty("discovery");
  });

  it("has its durations in milliseconds, and tells a service of its subsets", async () => {
    const mesh = await compile({
      subsets: { blue: { labels: { colour: "blue" } } },
      discovery: {
        registration: { ttl: "10s", challenge: { answer: "hmac" } },
        dns: [{ hostname: "_shop._tcp.example.com" }],
        kubernetes: [{ cluster: "east", url: "https://{pod}.example" }],
      },
    });
    expect(mesh.discovery).toMatchObject({
      clusters: [
        { name: "east", apiServer: "https://k8s.example", tokenSecret: "CLUSTER_TOKEN_EAST", watchMs: 240_000 },
      ],
      allow: ["http"],
      self: ["shop.example.com"],
    });
    expect(mesh.services.map(({ discovery }) => discovery?.subsets)).toEqual([
      [{ service: "shop/blue", labels: { colour: "blue" } }],
      undefined,
    ]);
    expect(mesh.services[0]!.discovery).toMatchObject({
      registration: {
        ttlMs: 10_000,
        maxTtlMs: 300_000,
        challenge: { path: "/.well-known/heddle-challenge", answer: "hmac", timeoutMs: 3_000 },
      },
      dns: [
        {
          name: "dns-0",
          type: "SRV",
          url: "https://{target}:{port}",
          minTtlMs: 5_000,
          maxTtlMs: 300_000,
          weight: 1,
          cloud: "",
        },
      ],
      kubernetes: [{ name: "kubernetes-0", port: "", priority: 0 }],
      minEndpoints: 1,
      drainMs: 30_000,
      damping: { flaps: 3, halfLifeMs: 60_000 },
    });
  });
});
