/** Matching a second time, as plain as the words of the Gateway API and of Envoy: scan everything, sort, take the first. */
import type { Listener, Mesh, NamedMatch, RouteMatch } from "../../../../src/core/mesh.ts";
import type { RequestHead } from "../../../../src/core/request-head.ts";
import { queryValue } from "../../../../src/core/route/query-value.ts";
import type { RouteMatchResult } from "../../../../src/core/route/table.ts";

export function naiveMatch(mesh: Mesh, request: RequestHead): RouteMatchResult | null {
  const listener = naiveListener(mesh.listeners, request);
  if (listener === null) return null;
  const candidates = mesh.routes
    .filter((route) => route.listeners.includes(mesh.listeners.indexOf(listener)))
    .flatMap((route) =>
      route.rules.flatMap((rule) =>
        rule.matches.flatMap((match) =>
          route.hostnames
            .filter((hostname) => hostFits(hostname, request.host))
            .map((hostname) => ({ hostname, result: { route, rule, match, listener } })),
        ),
      ),
    );
  const isOrdered = mesh.precedence === "order";
  const precedence = ({ hostname, result: { match } }: (typeof candidates)[number]) =>
    isOrdered ? hostPrecedence(hostname) : [...hostPrecedence(hostname), ...matchPrecedence(match)];
  candidates.sort((a, b) => {
    const [left, right] = [precedence(a), precedence(b)];
    const differing = left.findIndex((value, index) => value !== right[index]);
    return differing === -1 ? 0 : right[differing]! - left[differing]!;
  });
  const considered = isOrdered ? candidates.filter(({ hostname }) => hostname === candidates[0]!.hostname) : candidates;
  return considered.find(({ result }) => fits(result.match, request))?.result ?? null;
}

function hostPrecedence(hostname: string): number[] {
  return [hostname.includes("*") ? 0 : 1, hostname.length];
}

function matchPrecedence({ path, method, headers, queryParams }: RouteMatch): number[] {
  return [
    ["PathPrefix", "StringPrefix"].includes(path.type) ? 0 : path.type === "Exact" ? 2 : 1,
    path.type === "PathPrefix" ? path.value.replace(/\/$/, "").length : path.value.length,
    "ignoreCase" in path && path.ignoreCase ? 0 : 1,
    path.type === "StringPrefix" ? 0 : 1,
    method === undefined ? 0 : 1,
    headers.length,
    queryParams.length,
  ];
}

function naiveListener(listeners: readonly Listener[], { scheme, port, host }: RequestHead): Listener | null {
  const ofScheme = listeners.filter(({ protocol }) => protocol === null || protocol.toLowerCase() === scheme);
  const isHeard = ofScheme.some((listener) => listener.port === port || listener.port === 0);
  const arrivedAt = isHeard ? port : scheme === "https" ? 443 : 80;
  const fitting = ofScheme.filter(
    (listener) => [0, arrivedAt].includes(listener.port) && hostFits(listener.hostname, host),
  );
  const rank = ({ port: own, hostname, protocol }: Listener) => [
    own === 0 ? 0 : 1,
    ...hostPrecedence(hostname),
    protocol === null ? 0 : 1,
  ];
  fitting.sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const differing = left.findIndex((value, index) => value !== right[index]);
    return differing === -1 ? 0 : right[differing]! - left[differing]!;
  });
  return fitting[0] ?? null;
}

function hostFits(hostname: string, host: string): boolean {
  if (hostname === "*" || hostname === host) return true;
  return hostname.startsWith("*.") && host.endsWith(hostname.slice(1)) && host.length > hostname.length - 1;
}

function fits({ path, method, headers, queryParams }: RouteMatch, request: RequestHead): boolean {
  return (
    pathFits(path, request.path) &&
    (method === undefined || method === request.method) &&
    headers.every((one) => valueFits(one, request.header(one.name))) &&
    queryParams.every((one) => valueFits(one, queryValue(request.query, one.name)))
  );
}

function pathFits(match: RouteMatch["path"], received: string): boolean {
  if (match.type === "RegularExpression") return new RegExp(`^(?:${match.value})$`).test(received);
  const [wanted, path] = match.ignoreCase
    ? [match.value.toLowerCase(), received.toLowerCase()]
    : [match.value, received];
  if (match.type === "Exact") return path === wanted;
  if (match.type === "StringPrefix") return path.startsWith(wanted);
  const prefix = wanted.replace(/\/$/, "");
  return path === prefix || path.startsWith(`${prefix}/`);
}

function valueFits({ match, invert: isInverted }: NamedMatch, value: string | null): boolean {
  const invert = isInverted === true;
  if (value === null) return invert;
  switch (match.type) {
    case "Exact":
      return (value === match.value) !== invert;
    case "Prefix":
      return value.startsWith(match.value) !== invert;
    case "Suffix":
      return value.endsWith(match.value) !== invert;
    case "RegularExpression":
      return new RegExp(`^(?:${match.value})$`).test(value) !== invert;
    case "Present":
      return !invert;
  }
}
