import type { ConformanceCase, StatusCheck, TestFile } from "../case.ts";

/** Cases of services that only a URI identifies, and that are expected to be reached. */
const URI_IDENTITIES: ReadonlySet<string> = new Set(["BackendTLSPolicySANValidation/2"]);
/** Cases that differ in nothing but the authority that a policy names. */
const OWN_AUTHORITIES: ReadonlySet<string> = new Set(["BackendTLSPolicy/3"]);

const BY_CALLER: ReadonlySet<string> = new Set(["MeshConsumerRoute/0"]);

/** Why a case cannot be run against an edge Worker; null when it can. */
export function notApplicable(file: TestFile, test: ConformanceCase): string | null {
  const { requires, request } = test;
  if (requires.includes("control-plane"))
    return "observedGeneration is a controller's; an import has no status to write to a cluster";
  if (requires.includes("h2c"))
    return "a Worker's fetch speaks HTTP/2 over TLS only; the import says UnsupportedProtocol";
  if (requires.includes("grpc") || request.protocol === "grpc")
    return "a Worker passes no trailers on, in which gRPC has its status";
  if (BY_CALLER.has(test.id)) return "routes for callers of one namespace: an edge does not know where a caller runs";
  if (requires.includes("runtime-address") || file.test.shortName === "MeshFrontendHostname") {
    return "the address that a workload connects to decides, and an edge has one for all: only the host is known";
  }
  if (request.scheme === "https" && nameOf(request.sni ?? request.host) !== nameOf(request.host)) {
    return "TLS ends at the platform, which does not tell a Worker the SNI";
  }
  if (URI_IDENTITIES.has(test.id)) return "a Worker checks certificates for host names, never for URIs";
  if (OWN_AUTHORITIES.has(test.id)) return "a Worker trusts public CAs alone: which one signed cannot be chosen";
  return null;
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}

/** Why a status cannot be compared; null when it can. */
export function statusNotApplicable(file: TestFile, check: StatusCheck): string | null {
  if (
    check.check === "HTTPRouteMustHaveLatestConditions" ||
    check.subtest?.some((part) => part.includes("reconciled"))
  ) {
    return "a change that a controller sees; an import reads resources once";
  }
  const isTlsRoute = file.test.features.includes("TLSRoute") && !file.test.features.includes("HTTPRoute");
  return isTlsRoute && check.check === "Accepted"
    ? "TLSRoute: an edge Worker routes HTTP requests, not connections"
    : null;
}
