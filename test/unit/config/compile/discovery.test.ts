import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { decodeConfig } from "../../../../src/config/decode.ts";
import type { Mesh } from "../../../../src/core/mesh.ts";

async function compile(shop: Record<string, unknown>): Promise<Mesh> {
  const result = decodeConfig({
    services: { shop: { endpoints: [{ id: "a", url: "https://a.example" }], ...shop } },
    discovery: { clusters: { east: { server: "https://k8s.example", token: "HEDDLE_EAST" } }, allow: ["http"] },
    routes: [{ rules: [{ backendRefs: [{ service: "shop" }] }] }],
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
        dns: [{ host: "_shop._tcp.example.com" }],
        kubernetes: [{ cluster: "east", service: "shop", url: "https://{pod}.example" }],
      },
    });
    expect(mesh.discovery).toEqual({
      clusters: [{ name: "east", server: "https://k8s.example", token: "HEDDLE_EAST" }],
      allow: ["http"],
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
      dns: [{ type: "SRV", url: "https://{target}:{port}", minTtlMs: 5_000, maxTtlMs: 300_000, weight: 1 }],
      kubernetes: [{ namespace: "default", port: null, priority: 0 }],
      minEndpoints: 1,
      drainMs: 30_000,
      damping: { flaps: 3, halfLifeMs: 60_000 },
    });
  });
});
