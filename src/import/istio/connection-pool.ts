/** Istio's connection pool settings: the limits among them. Connections themselves are the platform's. */
import type { SourceNode } from "../proxy/source-node.ts";

const CONNECTIONS = "connections to endpoints are the platform's";

/** Concurrent requests of the service; 0 is no limit, which is Istio's default. Everything else is listed. */
export function limits(node: SourceNode | undefined): number {
  const tcp = node?.object("tcp");
  for (const name of tcp?.names() ?? []) tcp!.drop(name, CONNECTIONS);
  const http = node?.object("http");
  if (http === undefined) return 0;
  const maxRequests = http.number("http2MaxRequests") ?? 0;
  http.drop("http1MaxPendingRequests", "requests do not wait for a connection: http2MaxRequests bounds them");
  http.drop("maxRetries", "retries are bounded by a budget, not by a number");
  for (const name of http.names()) if (name !== "http2MaxRequests") http.drop(name, CONNECTIONS);
  if (!Number.isInteger(maxRequests) || maxRequests < 0) {
    http.invalid("http2MaxRequests", "has to be a whole number");
    return 0;
  }
  // 2^32-1 is what Istio itself writes for no limit.
  return maxRequests > 1_000_000_000 ? 0 : maxRequests;
}
