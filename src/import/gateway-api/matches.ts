/** What a request has to look like. For HTTP the two shapes are nearly the same; gRPC's methods are paths. */
import type { GrpcMatch } from "./resources/grpc-route.ts";
import type { HttpMatch } from "./resources/http-route.ts";

export type MatchConfig = Readonly<Record<string, unknown>>;

type NamedMatches = HttpMatch["headers"];

export function httpMatch({ path, method, headers, queryParams }: HttpMatch): MatchConfig {
  return {
    path: { type: path.type, value: path.value },
    ...(method !== undefined && { method }),
    ...named("headers", headers, (name) => name.toLowerCase()),
    ...named("queryParams", queryParams, (name) => name),
  };
}

/** Source: the mapping of gRPC to HTTP/2, where a call is a POST to /package.Service/Method. */
export function grpcMatch({ method, headers }: GrpcMatch): MatchConfig {
  return { path: grpcPath(method), method: "POST", ...named("headers", headers, (name) => name.toLowerCase()) };
}

function grpcPath(method: GrpcMatch["method"]): MatchConfig {
  const [service, call] = [method?.service ?? "", method?.method ?? ""];
  if (method?.type === "RegularExpression") {
    return { type: "RegularExpression", value: `/(?:${service || "[^/]+"})/(?:${call || "[^/]+"})` };
  }
  if (service !== "" && call !== "") return { type: "Exact", value: `/${service}/${call}` };
  if (service !== "") return { type: "PathPrefix", value: `/${service}` };
  if (call !== "") return { type: "RegularExpression", value: `/[^/]+/${call}` };
  return { type: "PathPrefix", value: "/" };
}

/** Of several matches of one name the standard counts the first alone. */
function named(field: string, matches: NamedMatches, fold: (name: string) => string): MatchConfig {
  const first = new Map<string, NamedMatches[number]>();
  for (const match of matches) if (!first.has(fold(match.name))) first.set(fold(match.name), match);
  if (first.size === 0) return {};
  return { [field]: [...first.values()].map(({ type, name, value }) => ({ name, type, value })) };
}
