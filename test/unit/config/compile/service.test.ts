import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { decodeConfig } from "../../../../src/config/decode.ts";
import type { MeshConfigInput } from "../../../../src/config/define-mesh.ts";
import type { Service } from "../../../../src/core/mesh.ts";

type ServiceInput = MeshConfigInput["services"][string];

async function service(settings: Partial<ServiceInput>): Promise<Service> {
  const endpoints = [{ id: "a", url: "http://a" }];
  const decoded = decodeConfig({ services: { shop: { endpoints, ...settings } }, routes: [{ rules: [{}] }] });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return (await compileMesh(decoded.config, { nowMs: 0 })).services[0]!;
}

describe("an endpoint", () => {
  it.each([
    ["http://127.0.0.1:9001", "http://127.0.0.1:9001", ""],
    ["https://Shop.Example.com:443/", "https://shop.example.com", ""],
    ["https://a/base//", "https://a", "/base"],
    ["HTTP://[::1]:8080/a%20b/c", "http://[::1]:8080", "/a%20b/c"],
  ])("at %s is its origin and its base path", async (url, origin, basePath) => {
    const { endpoints } = await service({ endpoints: [{ id: "a", url }] });
    expect(endpoints[0]).toMatchObject({ origin, basePath });
  });

  it("has every default", async () => {
    const { endpoints } = await service({});
    expect(endpoints).toEqual([
      {
        id: "a",
        origin: "http://a",
        basePath: "",
        weight: 1,
        priority: 0,
        locality: { cloud: "", region: "", zone: "" },
        near: null,
        labels: {},
        headers: [],
        costPerGb: 0,
      },
    ]);
  });

  it("has its headers in lower case, and is near where its region is", async () => {
    const { endpoints } = await service({
      endpoints: [{ id: "a", url: "http://a", headers: { "X-Key": "K" }, locality: { region: "europe-west1" } }],
    });
    expect(endpoints[0]).toMatchObject({ headers: [["x-key", "K"]], near: "weur" });
  });
});

describe("a service", () => {
  it("has the defaults that the reference names", async () => {
    const { endpoints: _, ...rest } = await service({});
    expect(rest).toEqual({
      name: "shop",
      loadBalancing: {
        policy: "adaptive",
        choiceCount: 2,
        activeRequestBias: 1,
        decayMs: 10_000,
        defaultLatencyMs: 30,
        failurePenaltyMs: 1_000,
        score: { latency: 1, load: 1, failureRate: 1, distance: 0, cost: 0 },
        hash: { on: [], tableSize: 65_537, minimumRingSize: 1_024, maximumRingSize: 65_536, balanceFactorPercent: 0 },
        overprovisioningPercent: 140,
      },
      healthChecks: [],
      outlierDetection: {
        enabled: true,
        consecutive5xx: 5,
        consecutiveGatewayFailure: 5,
        consecutiveLocalOriginFailure: 5,
        splitExternalLocalOriginErrors: false,
        enforcingConsecutive5xx: 100,
        enforcingConsecutiveGatewayFailure: 0,
        enforcingConsecutiveLocalOriginFailure: 100,
        intervalMs: 10_000,
        baseEjectionTimeMs: 2_000,
        maxEjectionTimeMs: 10_000,
        maxEjectionTimeJitterMs: 200,
        maxEjectionPercent: 50,
        minEjectionHosts: 1,
        successRateMinimumHosts: 5,
        successRateRequestVolume: 100,
        successRateStdevFactor: 1_900,
        enforcingSuccessRate: 100,
        failurePercentageThreshold: 85,
        failurePercentageMinimumHosts: 5,
        failurePercentageRequestVolume: 50,
        enforcingFailurePercentage: 0,
        successfulActiveHealthCheckUneject: true,
      },
      circuitBreaker: {
        enabled: true,
        normalFailureRatio: 0.1,
        brokenFailureRatio: 0.7,
        threshold: 12,
        probeIntervalMs: 250,
        probeTtlMs: 3_000,
        probesToClose: 3,
        localConsecutiveFailures: 3,
        localBaseMs: 1_000,
        localMaxMs: 15_000,
      },
      anomalyDetection: { sensitivity: "medium", maxLeanPercent: 50 },
      failover: {
        mode: "learning",
        failures: 3,
        windowMs: 10_000,
        quietMs: 30_000,
        explorationFloor: 0.002,
        priorities: "proportional",
        allOut: "panic",
      },
      retryBudget: { percent: 20 },
      hedgePercentile: 0,
      limits: { maxRequests: 0, maxRequestsPerEndpoint: 0, retryAfterMs: 1_000, requestClass: null },
      slowStart: { windowMs: 10_000, aggression: 1, minWeightPercent: 10 },
      panicThreshold: 0,
      stateShards: 1,
      fallback: [],
    });
  });

  it.each([
    ["stated bounds", { baseEjectionTime: "1s", maxEjectionTime: "3s" }, [1_000, 3_000]],
    ["a default that gives way to a longer first time", { baseEjectionTime: "30s" }, [30_000, 30_000]],
    ["a default that gives way to a shorter longest time", { maxEjectionTime: "1s" }, [1_000, 1_000]],
  ])("ejects by %s", async (_, outlierDetection, [base, max]) => {
    const compiled = await service({ outlierDetection });
    expect(compiled.outlierDetection).toMatchObject({ baseEjectionTimeMs: base, maxEjectionTimeMs: max });
  });

  it("says nothing of anomalies where they are not looked for", async () => {
    expect((await service({ anomalyDetection: { enabled: false } })).anomalyDetection).toBeUndefined();
  });

  it("fails over directly where no probabilities are learned", async () => {
    expect((await service({ loadBalancing: { policy: "random" } })).failover.mode).toBe("direct");
    expect((await service({ failover: { mode: "time-window" } })).failover.mode).toBe("time-window");
  });

  it("never explores with more than half of the traffic", async () => {
    const endpoints = Array.from({ length: 500 }, (_, i) => ({ id: `e${i}`, url: "http://a" }));
    expect((await service({ endpoints })).failover.explorationFloor).toBe(0.001);
  });

  it("has no slow start where its window is empty", async () => {
    expect((await service({ slowStart: { window: "0s" } })).slowStart).toBeNull();
  });

  it("sheds unclassed requests first unless told otherwise", async () => {
    const requestClass = { header: "X-Class", classes: ["high", "low"] };
    expect((await service({ limits: { requestClass } })).limits.requestClass).toEqual({
      header: "x-class",
      classes: ["high", "low"],
      defaultClass: "low",
      trust: "mesh",
    });
    const stated = await service({ limits: { requestClass: { ...requestClass, defaultClass: "high" } } });
    expect(stated.limits.requestClass?.defaultClass).toBe("high");
  });

  it("hashes headers whatever their case", async () => {
    const on = [
      { type: "header" as const, name: "X-User" },
      { type: "cookie" as const, name: "Id" },
    ];
    expect((await service({ loadBalancing: { hash: { on } } })).loadBalancing.hash.on).toEqual([
      { type: "header", name: "x-user" },
      { type: "cookie", name: "Id" },
    ]);
  });
});

describe("a health check", () => {
  const checked = async (check: NonNullable<ServiceInput["healthChecks"]>[number]) =>
    (await service({ healthChecks: [check] })).healthChecks[0];

  it("is a GET of / where nothing is said", async () => {
    expect(await checked({})).toEqual({
      type: "http",
      kind: "liveness",
      intervalMs: 10_000,
      edgeIntervalMs: 2_500,
      timeoutMs: 2_000,
      jitterPercent: 10,
      healthyThreshold: 2,
      unhealthyThreshold: 3,
      method: "GET",
      path: "/",
      headers: [],
      expectedStatuses: [[200, 399]],
      expectedBody: "",
    });
  });

  it("lets the defaults of a short interval give way", async () => {
    expect(await checked({ type: "tcp", interval: "200ms" })).toMatchObject({ edgeIntervalMs: 100, timeoutMs: 200 });
  });

  it("reads statuses in every form", async () => {
    expect(await checked({ expectedStatuses: [200, "204", "3xx", "400-404"] })).toMatchObject({
      expectedStatuses: [
        [200, 200],
        [204, 204],
        [300, 399],
        [400, 404],
      ],
    });
  });
});
