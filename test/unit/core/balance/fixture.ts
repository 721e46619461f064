/** Services, columns and candidates for the tests of this folder. Everything not said is equal and healthy. */
import type { EndpointColumns, PickInput, Policy } from "../../../../src/core/balance/policy.ts";
import type { Endpoint, LoadBalancing, Service } from "../../../../src/core/mesh.ts";
import type { Rng } from "../../../../src/core/rng.ts";

export interface EndpointSpec extends Partial<Omit<Endpoint, "locality">> {
  readonly cloud?: string;
  readonly region?: string;
  readonly zone?: string;
}

export function serviceOf(
  endpoints: readonly EndpointSpec[],
  loadBalancing: Partial<LoadBalancing> = {},
  rest: Partial<Service> = {},
): Service {
  return {
    name: "shop",
    endpoints: endpoints.map(({ cloud = "", region = "", zone = "", ...given }, e) => ({
      id: `e${e}`,
      origin: "https://example.com",
      basePath: "",
      weight: 1,
      priority: 0,
      locality: { cloud, region, zone },
      near: null,
      labels: {},
      headers: [],
      costPerGb: 0,
      ...given,
    })),
    loadBalancing: {
      policy: "random",
      choiceCount: 2,
      activeRequestBias: 1,
      decayMs: 10_000,
      defaultLatencyMs: 30,
      failurePenaltyMs: 1_000,
      score: { latency: 1, load: 1, failureRate: 1, distance: 1, cost: 1 },
      overprovisioningPercent: 140,
      ...loadBalancing,
      hash: {
        on: [],
        tableSize: 65_537,
        minimumRingSize: 1_024,
        maximumRingSize: 8_388_608,
        balanceFactorPercent: 0,
        ...loadBalancing.hash,
      },
    },
    healthChecks: [],
    panicThreshold: 50,
    slowStart: null,
    hedgePercentile: 95,
    retryBudget: { percent: 20 },
    fallback: [],
    failover: {
      mode: "direct",
      failures: 3,
      windowMs: 10_000,
      quietMs: 30_000,
      explorationFloor: 0.002,
      priorities: "proportional",
      allOut: "panic",
    },
    limits: { maxRequests: 0, maxRequestsPerEndpoint: 0, retryAfterMs: 1_000, requestClass: null },
    // Balancing looks at neither; their own tests do.
    outlierDetection: {} as Service["outlierDetection"],
    circuitBreaker: {} as Service["circuitBreaker"],
    ...rest,
  };
}

export const alike = (count: number): EndpointSpec[] => Array.from({ length: count }, () => ({}));

export function columnsOf(service: Service, given: Partial<Record<keyof EndpointColumns, readonly number[]>> = {}) {
  const size = service.endpoints.length;
  const column = (name: keyof EndpointColumns, otherwise: number) =>
    Float64Array.from({ length: size }, (_, e) => given[name]?.[e] ?? otherwise);
  return {
    size,
    weight: Float64Array.from(service.endpoints, ({ weight }, e) => given.weight?.[e] ?? weight),
    ownInFlight: Int32Array.from({ length: size }, (_, e) => given.ownInFlight?.[e] ?? 0),
    inFlight: column("inFlight", 0),
    latencyMs: column("latencyMs", 30),
    failureRatio: column("failureRatio", 0),
    load: column("load", Number.NaN),
  };
}

export function candidatesOf(endpoints: readonly number[], epoch = 1) {
  return { index: Uint16Array.from(endpoints), count: endpoints.length, epoch };
}

export const everyOne = (service: Service, epoch = 1) => candidatesOf([...service.endpoints.keys()], epoch);

export const inputOf = (rng: Rng, hashKey = "", nowMs = 1_000): PickInput => ({ nowMs, rng, hashKey });

/** Share of each endpoint over `picks` picks, each with a key of its own. */
export function sharesOf(
  policy: Policy,
  columns: EndpointColumns,
  candidates: ReturnType<typeof candidatesOf>,
  rng: Rng,
  picks: number,
): number[] {
  const counts = Array.from({ length: columns.size }, () => 0);
  for (let n = 0; n < picks; n++) counts[policy.pick(columns, candidates, inputOf(rng, `key-${n}`))]!++;
  return counts.map((count) => count / picks);
}

/** Five standard deviations of a share seen in `picks` independent draws: exceeded once in 1.7 million. */
export function fiveSigma(share: number, picks: number): number {
  return 5 * Math.sqrt((share * (1 - share)) / picks);
}
