/** What may be told of a finished request, taken from the platform's objects as long as they are there. */

import { isCredential } from "../../core/credentials.ts";
import type { PathMatch } from "../../core/mesh.ts";
import type { TelemetrySettings } from "../../core/mesh-telemetry.ts";
import { redactQuery, truncateAddress } from "../../telemetry/redact.ts";
import { LIMITS, type SeenRequest } from "../../telemetry/seen-request.ts";
import { type Address, addressOf } from "../address.ts";
import type { FinishedRequest } from "../observe.ts";
import { givenRequestId } from "../request-id.ts";
import { clientIpOf } from "../trust.ts";

/** Never throws. An address that is to be hashed is left out here, since that takes a promise. */
export function seenOf(finished: FinishedRequest, { redaction, accessLog }: TelemetrySettings): SeenRequest {
  const { request, isolate, carried, refusal } = finished;
  const { headers } = request;
  const { mesh } = carried?.open ?? isolate.open;
  const address = carried?.address ?? addressOf(request.url, mesh.edge.mergeSlashes);
  const cf = request.cf as { readonly httpProtocol?: unknown; readonly colo?: unknown } | undefined;
  return {
    method: request.method.slice(0, LIMITS.method),
    scheme: address.scheme,
    host: address.host.slice(0, LIMITS.host),
    port: portOf(address),
    path: address.path.slice(0, LIMITS.path),
    query: redactQuery(address.query, redaction.queryValues, LIMITS.query),
    protocol: typeof cf?.httpProtocol === "string" ? cf.httpProtocol : "",
    userAgent: (headers.get("user-agent") ?? "").slice(0, LIMITS.userAgent),
    clientAddress: shownAddress(carried?.clientIp ?? clientIpOf(request, isolate.dev), redaction.clientAddress),
    requestId: givenRequestId(headers) ?? "",
    requestHeaders: chosenHeaders(headers, accessLog?.requestHeaders ?? []),
    route: finished.route,
    rule: finished.rule,
    pathPattern: carried === null ? "" : patternOf(carried.matchedPath),
    service: finished.service,
    lastService: finished.lastService,
    endpoint: finished.endpoint,
    rollout: carried?.rollout ?? "",
    status: finished.status,
    flags: finished.flags,
    reason: refusal?.reason ?? "",
    attempts: finished.attempts,
    fallback: finished.fallback,
    arrivedAtMs: finished.arrivedAtMs,
    endedAtMs: finished.endedAtMs,
    region: isolate.region,
    colo: typeof cf?.colo === "string" ? cf.colo : "",
    meshVersion: mesh.version,
  };
}

function portOf({ scheme, port }: Address): number {
  return port > 0 ? port : scheme === "https" ? 443 : 80;
}

function shownAddress(address: string, how: TelemetrySettings["redaction"]["clientAddress"]): string {
  if (how === "full") return address;
  return how === "truncate" ? truncateAddress(address) : "";
}

function chosenHeaders(headers: Headers, names: readonly string[]): SeenRequest["requestHeaders"] {
  const chosen: [string, string][] = [];
  for (const name of names) {
    const value = isCredential(name) ? null : headers.get(name);
    if (value !== null) chosen.push([name, value.slice(0, LIMITS.header)]);
  }
  return chosen;
}

/** What of the path the route looked at. */
function patternOf({ type, value }: PathMatch): string {
  switch (type) {
    case "Exact":
    case "RegularExpression":
      return value;
    case "PathPrefix":
      return value.endsWith("/") ? `${value}*` : `${value}/*`;
    case "StringPrefix":
      return `${value}*`;
  }
}
