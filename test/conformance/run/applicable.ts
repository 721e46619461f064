import type { ConformanceCase, TestFile } from "../case.ts";

/** Why a case cannot be run against an edge Worker; null when it can. */
export function notApplicable(file: TestFile, test: ConformanceCase): string | null {
  const { requires, request } = test;
  if (requires.includes("control-plane"))
    return "observedGeneration is a controller's; an import has no status to write to a cluster";
  if (requires.includes("h2c"))
    return "a Worker's fetch speaks HTTP/2 over TLS only; the import says UnsupportedProtocol";
  if (requires.includes("grpc") || request.protocol === "grpc")
    return "a Worker passes no trailers on, in which gRPC has its status";
  if (file.area === "mesh") return "requests between workloads (east-west) do not pass an edge";
  if (request.scheme === "https" && nameOf(request.sni ?? request.host) !== nameOf(request.host)) {
    return "TLS ends at the platform, which does not tell a Worker the SNI";
  }
  if (requires.includes("tls-backend"))
    return "a Worker's fetch trusts public CAs and the URL's host alone; CAs and names cannot be chosen";
  return null;
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}
