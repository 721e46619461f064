/** Stands in for the mesh that a deployment bundles. Origins are started by origins.ts, which passes their addresses. */
import { env } from "cloudflare:workers";
import type { RateLimit, RateLimitCounting } from "../../../src/core/mesh-rate-limits.ts";
import { discoveryOf, REGISTRATION_SETTINGS } from "../../fixtures/discovery.ts";
import { endpointOf, httpCheck, meshOf, serviceOf, tcpCheck } from "../../fixtures/meshes.ts";

const { ORIGIN, CLOSED_ORIGIN } = env as { ORIGIN: string; CLOSED_ORIGIN: string };

/** A machine that stands still for a moment is no origin that is down. */
const timeoutMs = 20_000;

const plain = [endpointOf("aws", "http://aws.invalid"), endpointOf("gcp", "http://gcp.invalid")];

const services = [
  serviceOf("shop", plain),
  serviceOf("shop/nested", plain),
  serviceOf(
    "checked",
    [endpointOf("good", ORIGIN, { basePath: "/good" }), endpointOf("bad", ORIGIN, { basePath: "/bad" })],
    {
      healthChecks: [httpCheck({ timeoutMs, unhealthyThreshold: 1, expectedBody: "all is well" })],
    },
  ),
  serviceOf("kinds", [endpointOf("one", ORIGIN, { basePath: "/kinds" })], {
    healthChecks: [
      httpCheck({ timeoutMs, unhealthyThreshold: 1 }),
      httpCheck({ timeoutMs, kind: "readiness", path: "/ready", unhealthyThreshold: 1 }),
    ],
  }),
  serviceOf("tcp", [endpointOf("open", ORIGIN), endpointOf("closed", CLOSED_ORIGIN)], {
    healthChecks: [tcpCheck({ timeoutMs, unhealthyThreshold: 1 })],
  }),
  serviceOf(
    "brisk",
    ["a", "b", "c"].map((id) => endpointOf(id, ORIGIN, { basePath: "/brisk" })),
    { healthChecks: [httpCheck({ intervalMs: 50, edgeIntervalMs: 25, timeoutMs: 40, jitterPercent: 20 })] },
  ),
  serviceOf(
    "slow",
    Array.from({ length: 9 }, (_, i) => endpointOf(`e${i}`, ORIGIN, { basePath: "/slow" })),
    {
      healthChecks: [httpCheck({ timeoutMs })],
    },
  ),
  serviceOf("found", [], {
    discovery: discoveryOf({ subsets: [{ service: "found/blue", labels: { colour: "blue" } }] }),
  }),
  serviceOf("found/blue", []),
  serviceOf("proven", [], {
    discovery: discoveryOf({
      registration: {
        ...REGISTRATION_SETTINGS,
        challenge: { path: "/challenge", answer: "nonce", timeoutMs },
      },
    }),
  }),
  serviceOf("offered", [endpointOf("listed", "https://listed.example")], {
    discovery: discoveryOf({
      registration: null,
      kubernetes: [
        {
          name: "east",
          cluster: "east",
          select: { namespaces: [], names: ["shop"], labels: {} },
          port: "",
          url: "https://{pod}.example",
          weight: 1,
          priority: 0,
          labels: {},
        },
      ],
    }),
  }),
  serviceOf("crowd", [], { discovery: discoveryOf() }),
  serviceOf("promised", plain, {
    slo: [{ name: "up", route: null, windowMs: 3_600_000, availability: 0.9, latency: null }],
  }),
  serviceOf("old", [endpointOf("one", ORIGIN)], { inRollout: true }),
  serviceOf("new", [endpointOf("two", ORIGIN)], { inRollout: true }),
];

const globally = (name: string, counting: RateLimitCounting, more: Partial<RateLimit> = {}): RateLimit => ({
  name,
  counting,
  key: [],
  cost: { type: "fixed", units: 1 },
  scope: { type: "global" },
  onFailure: "open",
  dryRun: false,
  headers: true,
  ...more,
});

export default meshOf(services, {
  rateLimits: [
    globally("monthly", { type: "quota", limit: 1_000, period: "month" }),
    globally("few", { type: "quota", limit: 20, period: "day" }, { scope: { type: "global", exact: true } }),
    globally("short", { type: "sliding-window", limit: 100, windowMs: 2_000 }),
    globally("alone", { type: "quota", limit: 5, period: "day" }, { scope: { type: "local" } }),
  ],
  discovery: { clusters: [], allow: ["http", "loopback"], self: [] },
  rollouts: [
    {
      name: "renewal",
      stable: services.length - 2,
      canary: services.length - 1,
      steps: [5, 50, 100].map((percent) => ({ percent, bakeMs: 60_000 })),
      analysis: {
        minRequests: 100,
        alpha: 0.01,
        maxFailureRatio: 0.01,
        maxFailureRise: 0.01,
        maxP99Ms: 0,
        maxP99Ratio: 0,
        rollBackAfterMs: null,
      },
      force: { header: null, cookie: null },
    },
  ],
});
