/**
 * A mesh in which something of everything goes on: a service that lacks a secret, objectives of which one burns, a rollout on
 * its first step, an endpoint that its checks call down, a limit that refuses, an instance that registered itself, and a
 * resolver that gives no answer. All of it is real; only what takes days is made from a series of its own.
 */
import { forecast } from "../../src/core/forecast/forecast.ts";
import { timeToCapacity } from "../../src/core/forecast/headroom.ts";
import { seededRng } from "../../src/core/rng.ts";
import type { Demo } from "./demo.ts";

interface Origin {
  readonly name: string;
  readonly url: string;
}

const HOUR_MS = 3_600_000;
const json = { "content-type": "application/json" };

/** Puts the mesh in force, breaks what is to be broken and starts what is to be on its way. */
export async function tellStory(demo: Demo): Promise<void> {
  const { origins } = await demo.api<{ origins: readonly Origin[] }>("/demo/origins");
  const put = (path: string, body: object, headers = {}) =>
    demo.api(path, { method: "PUT", headers: { ...json, ...headers }, body: JSON.stringify(body) });
  await put("/v1/config", meshOver(origins), { "if-match": '"1"' });
  await put("/demo/origins/azure/fault", { fault: ["status=503"] });
  const { url } = origins.find(({ name }) => name === "aws")!;
  const locality = { cloud: "aws", region: "us-east-1" };
  await put("/v1/services/found/registrations/found-7c9d4b5f6-x2x9k", { url, locality, ttl: "5m" });
  await demo.api("/v1/rollouts/catalog-v2", {
    method: "POST",
    headers: json,
    body: JSON.stringify({ action: "start" }),
  });
  // What is asked of it first begins its history.
  await demo.api("/v1/services/store/slo");
}

function meshOver(origins: readonly Origin[]): object {
  const on = (...names: readonly string[]) =>
    origins
      .filter(({ name }) => names.includes(name))
      .map(({ name, url }) => ({ id: name, url, locality: { cloud: name } }));
  const to = (backend: object, tens: string, more: object = {}) => ({
    matches: [{ path: { type: "RegularExpression", value: `/products/${tens}` } }],
    backendRefs: [backend],
    ...more,
  });
  const broken = origins.find(({ name }) => name === "azure")!;
  return {
    credentials: { partner: { type: "Headers", headers: { "x-api-key": { secret: "PARTNER_KEY" } } } },
    services: {
      store: {
        endpoints: on("aws", "gcp", "azure"),
        retry: { attempts: 2 },
        healthChecks: [{ path: "/healthz", interval: "1s", timeout: "1s" }],
        slo: [
          { name: "answers", availability: 99.9, latency: { threshold: "300ms", percent: 99 } },
          { name: "impossible", latency: { threshold: "1ms", percent: 99.9 }, window: "24h" },
        ],
      },
      catalog: { endpoints: on("aws", "gcp") },
      "catalog-next": { endpoints: on("gcp") },
      locked: { endpoints: on("aws", "gcp"), credentials: ["partner"] },
      found: {
        endpoints: on("gcp"),
        discovery: {
          registration: {},
          dns: [{ hostname: "found.example.com", resolver: `${broken.url}/dns-query` }],
        },
      },
    },
    rollouts: {
      "catalog-v2": {
        stable: { service: "catalog" },
        canary: { service: "catalog-next" },
        steps: [
          { weight: 20, bake: "1h" },
          { weight: 50, bake: "1h" },
          { weight: 100, bake: "1h" },
        ],
      },
    },
    routes: [
      {
        name: "all",
        rules: [
          to({ service: "store" }, "4[0-9]", { rateLimits: [{ limit: 5, window: "1h" }] }),
          to({ service: "locked" }, "3[0-9]"),
          to({ rollout: "catalog-v2" }, "2[0-9]"),
          to({ service: "found" }, "1[0-9]"),
          to({ service: "store" }, "[0-9]"),
        ],
      },
    ],
  };
}

/** What GET /v1/services/{service}/forecast answers after four weeks of days and nights: by the forecast itself. */
export function forecastOfWeeks(nowMs: number): object {
  const rng = seededRng(7);
  const known = 24 * 28;
  const series = Float64Array.from({ length: known }, (_, hour) => {
    const day = Math.sin(((hour % 24) / 24 - 0.25) * 2 * Math.PI);
    return 400 + 220 * day + 60 * (rng() - 0.5) + hour * 0.1;
  });
  const made = forecast(series, [24, 168], 168, 0);
  const first = Math.ceil(nowMs / HOUR_MS) * HOUR_MS;
  const atMs = made.values.map((_, i) => first + i * HOUR_MS);
  const capacity = { rps: 720, knownRps: 720, endpoints: 3, unknown: 0 };
  const reached = timeToCapacity(made, capacity.rps);
  const atOf = (step: number | null) => (step === null ? null : atMs[step - 1]!);
  return {
    ...{ service: "store", region: null, step: HOUR_MS, atMs, known, capacity },
    ...made,
    expectedAtMs: atOf(reached.expected),
    earliestAtMs: atOf(reached.earliest),
  };
}
