/** Services as the admin API describes them. */
import type { EndpointState, ServiceState, ServiceSummary } from "../../../../src/cli/control/services.ts";

export function endpointState(id: string, over: Partial<EndpointState> = {}): EndpointState {
  return {
    id,
    address: `https://${id}.example.com`,
    locality: { cloud: "aws", region: "us-east-1" },
    priority: 0,
    health: "healthy",
    breaker: "closed",
    overrides: [],
    inFlight: 1,
    rps: 10,
    regions: [inRegion("weur", 10, 1, 20)],
    ...over,
  };
}

export function inRegion(
  region: string,
  rps: number,
  successRatio: number,
  p99Ms: number,
): EndpointState["regions"][number] {
  return {
    region,
    health: "healthy",
    breaker: "closed",
    openForMs: 0,
    probability: 0.5,
    latencyMs: p99Ms / 2,
    failureRatio: 1 - successRatio,
    minute: { rps, successRatio, p50Ms: p99Ms / 2, p99Ms },
  };
}

export function serviceSummary(service: string, over: Partial<ServiceSummary> = {}): ServiceSummary {
  return {
    service,
    meshVersion: "0123456789abcdef",
    rps: 20,
    successRatio: 1,
    endpoints: { total: 2, left: 2, serving: 2, open: 0 },
    regions: ["weur", "enam"],
    overrides: 0,
    ...over,
  };
}

export function serviceState(service: string, endpoints: readonly EndpointState[]): ServiceState {
  return {
    service,
    meshVersion: "0123456789abcdef",
    rps: 20,
    successRatio: 1,
    counts: { total: endpoints.length, left: endpoints.length, serving: endpoints.length, open: 0 },
    endpoints: [...endpoints],
    overrides: [],
    regions: [
      { region: "weur", reporters: 3, meshVersion: "0123456789abcdef", alone: false, minute: null },
      { region: "enam", reporters: 1, meshVersion: "0123456789abcdef", alone: true, minute: null },
    ],
    missing: [],
  };
}
