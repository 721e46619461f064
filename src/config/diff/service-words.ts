/** Services and endpoints in the words of the config. */
import type {
  Endpoint,
  HealthCheck,
  Mesh,
  OriginCredentialPlan,
  RequestPolicy,
  SecretRef,
  Service,
} from "../../core/mesh.ts";
import { step } from "./fields.ts";
import { policyInWords } from "./policies.ts";
import { headers, inWords, type Words } from "./words.ts";

/** Where the config has it: a subset is part of its service. */
export function servicePath(name: string): string {
  const [service, subset] = name.split("/");
  const path = step("services", service!);
  return subset === undefined ? path : step(`${path}.subsets`, subset);
}

/**
 * All settings of a service but its endpoints. What is derived from others is left out.
 *
 * - `policy`: the one that is taken for its own; undefined: nothing is said of it.
 */
export function serviceInWords(
  service: Service,
  mesh: Mesh,
  policy: RequestPolicy | undefined,
): { readonly [key: string]: Words } {
  const { loadBalancing, outlierDetection, circuitBreaker, failover, limits, slowStart, discovery } = service;
  const { anomalyDetection } = service;
  const { requestClass, ...bounds } = limits;
  const { retry, ...others } = policyInWords(policy);
  return {
    loadBalancing: inWords(loadBalancing),
    healthChecks: service.healthChecks.map((check) => checkInWords(check, mesh)),
    outlierDetection: inWords(outlierDetection),
    circuitBreaker: inWords(circuitBreaker),
    anomalyDetection: anomalyDetection === undefined ? { enabled: false } : inWords(anomalyDetection),
    failover: inWords(failover),
    limits: { ...(inWords(bounds) as object), ...(requestClass !== null && { requestClass: inWords(requestClass) }) },
    slowStart: slowStart === null ? { window: "0s" } : inWords(slowStart),
    panicThreshold: service.panicThreshold,
    stateShards: service.stateShards ?? 1,
    fallback: service.fallback.map((one) => fallbackInWords(one, mesh)),
    ...(service.outcomeClassifier !== undefined && { outcomeClassifier: inWords(service.outcomeClassifier) }),
    ...(service.clientCertificate !== undefined && { clientCertificate: service.clientCertificate }),
    ...credentialNames(service.credentials, mesh),
    ...(service.plaintext !== undefined && { plaintext: service.plaintext }),
    ...(discovery !== undefined && { discovery: inWords(discovery) }),
    ...others,
    retry: { ...(retry as object | undefined), budget: { percent: service.retryBudget.percent } },
  };
}

export function endpointInWords(endpoint: Endpoint, mesh: Mesh): { readonly [key: string]: Words } {
  const { origin, basePath, weight, priority, locality, labels, costPerGb, clientCertificate } = endpoint;
  const { cloud, region, zone } = locality;
  // What is sent to endpoints only is what they are to know their callers by.
  return {
    url: origin + basePath,
    weight,
    priority,
    locality: { cloud, region, zone },
    labels,
    headers: headers(endpoint.headers, true),
    costPerGb,
    ...(clientCertificate !== undefined && { clientCertificate }),
    ...credentialNames(endpoint.credentials, mesh),
  };
}

/** In the order in which they are put on. */
function credentialNames(
  indices: readonly number[] | undefined,
  { credentials = [] }: Mesh,
): { readonly [key: string]: Words } {
  return indices === undefined ? {} : { credentials: indices.map((index) => credentials[index]?.name ?? "") };
}

/** A plan as the mesh has it: what looks like a secret in it is the name of one. */
export function credentialInWords(plan: Omit<OriginCredentialPlan, "name">): Words {
  const told = Object.entries(plan).map(([key, value]) => [
    key,
    isSecretRef(value) ? { from: value.secret } : inWords(value),
  ]);
  return Object.fromEntries(told);
}

function isSecretRef(value: unknown): value is SecretRef {
  return typeof value === "object" && value !== null && typeof (value as Partial<SecretRef>).secret === "string";
}

function checkInWords(check: HealthCheck, mesh: Mesh): Words {
  if (check.type === "tcp") return inWords(check);
  const { headers: pairs, expectedStatuses, credentials, ...rest } = check;
  return {
    ...(inWords(rest) as object),
    headers: headers(pairs, true),
    ...credentialNames(credentials, mesh),
    expectedStatuses: expectedStatuses.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)),
  };
}

function fallbackInWords(fallback: Service["fallback"][number], { services }: Mesh): Words {
  switch (fallback.type) {
    case "service":
      return { service: services[fallback.service]?.name ?? "" };
    case "staleIfError":
      return { staleIfError: inWords({ maxAgeMs: fallback.maxAgeMs }) };
    case "response":
      return {
        response: { status: fallback.status, headers: headers(fallback.headers, false), body: fallback.body },
      };
  }
}
