import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";
import { diffMeshes } from "../../../../src/config/diff/diff.ts";
import type { Change, MeshDiff } from "../../../../src/config/diff/mesh-diff.ts";
import type { Mesh } from "../../../../src/core/mesh.ts";
import { endpointOf, meshOf, serviceOf } from "../../../fixtures/meshes.ts";

async function compiled(text: string): Promise<Mesh> {
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed));
  return compileMesh(parsed.config, { nowMs: 1_000 });
}

const BASE = `
services:
  shop:
    endpoints:
      - { id: aws, url: https://aws.example.com/shop, headers: { x-origin-key: first } }
      - { id: gcp, url: https://gcp.example.com, weight: 2 }
  blog: { endpoints: [{ id: one, url: https://blog.example.com }] }
routes:
  - name: shop
    hostnames: [shop.example.com]
    rules:
      - { matches: [{ path: { value: /a } }], backendRefs: [{ service: shop, weight: 90 }, { service: blog, weight: 10 }] }
      - { matches: [{ path: { value: /b } }], backendRefs: [{ service: shop }], timeouts: { request: 3s } }
  - { hostnames: [blog.example.com], rules: [{ backendRefs: [{ service: blog }] }] }
`;

/** The diff between BASE and BASE with one text replaced by another. */
async function edited(from: string | RegExp, to: string): Promise<MeshDiff> {
  const text = BASE.replace(from, to);
  expect(text).not.toBe(BASE);
  return diffMeshes(await compiled(BASE), await compiled(text));
}

const fieldsOf = ({ changes }: MeshDiff) =>
  changes.flatMap(({ fields }) => fields.map(({ path, before, after: now }) => [path, before, now]));
const titles = ({ changes }: MeshDiff) =>
  changes.map(({ kind, what, name }: Change) => `${kind} ${what} ${name}`.trim());

describe("the difference between two meshes", () => {
  it("is none between two compilations of the same, whatever the order of keys and defaults that are written out", async () => {
    expect((await edited("weight: 2 }", "priority: 0, weight: 2 }")).changes).toEqual([]);
  });

  it.each([
    [
      "a threshold",
      "blog: { ",
      "blog: { outlierDetection: { consecutive5xx: 3 }, ",
      [["services.blog.outlierDetection.consecutive5xx", 5, 3]],
    ],
    [
      "a duration",
      "blog: { ",
      "blog: { outlierDetection: { interval: 1m30s }, ",
      [["services.blog.outlierDetection.interval", "10s", "1m30s"]],
    ],
    ["a weight", "weight: 2", "weight: 3", [["services.shop.endpoints.gcp.weight", 2, 3]]],
    [
      "a URL",
      "//gcp.example.com",
      "//gcp.example.com/v2",
      [["services.shop.endpoints.gcp.url", "https://gcp.example.com", "https://gcp.example.com/v2"]],
    ],
    ["a backend's weight", "weight: 90", "weight: 50", [["routes.shop.rules.rule-0.backendRefs.shop.weight", 90, 50]]],
    ["a match", "value: /b", "value: /c", [["routes.shop.rules.rule-1.matches", ["PathPrefix /b"], ["PathPrefix /c"]]]],
    ["a rule's timeout", "request: 3s", "request: 4s", [["routes.shop.rules.rule-1.timeouts.request", "3s", "4s"]]],
    [
      "a service's timeout, once and not for each of its rules",
      "blog: { ",
      "blog: { timeouts: { request: 7s }, ",
      [["services.blog.timeouts.request", "15s", "7s"]],
    ],
    [
      "a hostname",
      "[blog.example.com]",
      "[blog.example.com, www.example.com]",
      [["routes.route-1.hostnames", ["blog.example.com"], ["blog.example.com", "www.example.com"]]],
    ],
    ["a setting of the edge", "services:", "edge: { maxHops: 5 }\nservices:", [["edge.maxHops", 3, 5]]],
    [
      "the precedence",
      "services:",
      "routing: { precedence: order }\nservices:",
      [["routing.precedence", "specificity", "order"]],
    ],
  ])("says %s in the words of the config", async (_, from, to, fields) => {
    expect(fieldsOf(await edited(from, to))).toEqual(fields);
  });

  it("hides what endpoints are sent, and says all the same that it has changed", async () => {
    const diff = await edited("x-origin-key: first", "x-origin-key: second");
    expect(fieldsOf(diff)).toEqual([
      ["services.shop.endpoints.aws.headers.x-origin-key", "(hidden)", "(another, hidden)"],
    ]);
    expect(JSON.stringify(diff)).not.toMatch(/first|second/);
    const added = await edited("weight: 2 }", "weight: 2, headers: { x-origin-key: third } }");
    expect(fieldsOf(added)).toEqual([["services.shop.endpoints.gcp.headers.x-origin-key", undefined, "(hidden)"]]);
  });

  it("names services, endpoints, routes and rules that come and go", async () => {
    expect(titles(await edited(/ {6}- \{ id: gcp.*\n/, ""))).toEqual(["removed endpoint shop/gcp"]);
    const service = await edited(
      "services:",
      "services:\n  cart: { endpoints: [{ id: c, url: https://c.example.com }] }",
    );
    expect(service.changes).toMatchObject([
      { kind: "added", what: "service", name: "cart", summary: "https://c.example.com" },
    ]);
    const route = await edited(
      "routes:",
      "routes:\n  - { hostnames: [x.example.com], rules: [{ backendRefs: [{ service: blog }] }] }",
    );
    // The nameless route after it has another number now, and is the same all the same.
    expect(route.changes).toMatchObject([
      { kind: "added", what: "route", name: "route-0", summary: "x.example.com: PathPrefix / → blog" },
    ]);
    const rule = await edited(/ {6}- \{ matches: \[\{ path: \{ value: \/a.*\n/, "");
    expect(fieldsOf(rule)).toEqual([["routes.shop.rules.rule-0", "PathPrefix /a → shop, blog", undefined]]);
  });

  it("says which services and routes a change touches", async () => {
    const service = await edited("blog: { ", "blog: { panicThreshold: 20, ");
    expect(service.changes[0]!.touches).toEqual({
      all: false,
      services: ["blog"],
      serviceCount: 1,
      routes: ["shop", "route-1"],
      routeCount: 2,
    });
    const route = await edited("{ service: blog, weight: 10 }", "{ service: shop, weight: 10 }");
    expect(route.changes[0]!.touches).toMatchObject({ services: ["shop", "blog"], routes: ["shop"] });
    const edge = await edited("services:", "edge: { maxHops: 5 }\nservices:");
    expect(edge.changes[0]!.touches.all).toBe(true);
  });

  it("says rollouts, subsets and filters by their names", async () => {
    const steps = (weight: number) => `
rollouts: { next: { stable: { service: shop }, canary: { service: blog }, steps: [{ weight: ${weight}, bake: 1m }, { weight: 100, bake: 1m }] } }
services:`;
    const [one, two] = [
      await compiled(BASE.replace("\nservices:", steps(5))),
      await compiled(BASE.replace("\nservices:", steps(20))),
    ];
    expect(fieldsOf(diffMeshes(one, two))).toEqual([["rollouts.next.steps[0].weight", 5, 20]]);
    expect(diffMeshes(one, two).changes[0]!.touches.services).toEqual(["shop", "blog"]);
    const filter = await edited(
      "backendRefs: [{ service: blog }]",
      "filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-a, value: '1' }, { name: authorization, value: top }] } }], backendRefs: [{ service: blog }]",
    );
    expect(fieldsOf(filter)).toEqual([
      ["routes.route-1.rules.rule-0.filters.RequestHeaderModifier.set.x-a", undefined, "1"],
      ["routes.route-1.rules.rule-0.filters.RequestHeaderModifier.set.authorization", undefined, "(hidden)"],
    ]);
  });

  it("has everything added where there was nothing", async () => {
    const diff = diffMeshes(null, await compiled(BASE));
    expect(diff.from).toBeNull();
    expect(titles(diff)).toEqual([
      "added listener default",
      "added service shop",
      "added service blog",
      "added route shop",
      "added route route-1",
    ]);
  });

  it("takes well under a second for 10,000 routes and 1,000 services", () => {
    const large = (timeoutMs: number): Mesh => {
      const services = Array.from({ length: 1_000 }, (_, i) =>
        serviceOf(`s${i}`, [
          endpointOf("a", `https://a${i}.example.com`),
          endpointOf("b", `https://b${i}.example.com`),
        ]),
      );
      const policies = Array.from({ length: 10 }, (_, i) => ({
        requestTimeoutMs: timeoutMs + i,
        attemptTimeoutMs: 0,
        attemptTimeoutMinMs: 1_500,
        attemptTimeoutMaxMs: 2_000,
        retry: {
          ...{
            attempts: 2,
            codes: [500, 502],
            onConnectFailure: true,
            onReset: true,
            onTimeout: true,
            methods: ["GET"],
          },
          ...{
            idempotencyKey: true,
            backoffBaseMs: 25,
            backoffMaxMs: 250,
            retryAfterMaxMs: 1_000,
            bufferBytes: 65_536,
          },
        },
        hedge: null,
      }));
      const routes = Array.from({ length: 10_000 }, (_, i) => ({
        name: `route-${i}`,
        hostnames: [`h${i % 100}.example.com`],
        listeners: [0],
        rules: [
          {
            name: "rule-0",
            matches: [{ path: { type: "PathPrefix" as const, value: `/p${i}` }, headers: [], queryParams: [] }],
            filters: null,
            backendRefs: [{ service: i % 1_000, weight: 1, policy: i % 10, filters: null }],
            splitOn: [],
            sessionPersistence: null,
          },
        ],
      }));
      return meshOf(services, { routes, policies });
    };
    const [one, two] = [large(15_000), large(20_000)];
    const tookMs = [0, 1, 2].map(() => {
      const startedMs = performance.now();
      expect(diffMeshes(one, two).changes).toHaveLength(1_000);
      return performance.now() - startedMs;
    });
    // Measured: 0.3 s. The machine may be busy, and stand still in one of them.
    expect(Math.min(...tookMs)).toBeLessThan(4_000);
  });
});

describe("diffMeshes, of telemetry", () => {
  const told = (percent: number, key: string) =>
    `${BASE}telemetry: { accessLog: { samplePercent: ${percent} }, tracing: { headers: { x-key: ${key} } } }`;

  it("says what is told of requests now, touches none of them, and shows no header of exports", async () => {
    const diff = diffMeshes(await compiled(told(1, "first-key")), await compiled(told(5, "second-key")));
    expect(diff.changes.map(({ what, path }) => [what, path])).toEqual([["telemetry", "telemetry"]]);
    expect(diff.changes[0]!.touches.all).toBe(false);
    expect(diff.changes[0]!.fields.map(({ path }) => path)).toEqual([
      "telemetry.accessLog.share",
      "telemetry.tracing.headers.x-key",
    ]);
    expect(JSON.stringify(diff)).not.toMatch(/first-key|second-key/);
  });

  it("sees that it was switched on", async () => {
    const { changes } = diffMeshes(await compiled(BASE), await compiled(told(1, "a-key")));
    expect(changes.map(({ what }) => what)).toEqual(["telemetry"]);
  });
});
