import type { BackendRef, Mesh, Route, RouteMatch } from "../../../../src/core/mesh.ts";
import type { RequestHead } from "../../../../src/core/request-head.ts";

type MatchInput = Partial<Omit<RouteMatch, "path">> & { readonly path?: string; readonly exact?: string };

/** A match as short as a test wants it: `path` is a prefix, `exact` an exact path. */
export function match({ path, exact, ...rest }: MatchInput): RouteMatch {
  const type = exact === undefined ? "PathPrefix" : "Exact";
  return { path: { type, value: exact ?? path ?? "/" }, headers: [], queryParams: [], ...rest };
}

/** A route with one rule. */
export function route(name: string, hostnames: readonly string[], ...matches: MatchInput[]): Route {
  return { name, hostnames, rules: [{ name: "rule-0", matches: matches.map(match), backendRefs: [] }] };
}

/** A mesh of which only the routes matter. */
export function meshOf(...routes: Route[]): Mesh {
  return { routes } as unknown as Mesh;
}

export function backend(service: number, weight: number): BackendRef {
  return { service, weight, policy: 0 };
}

/** The head of a request to "host/path?query". */
export function head(
  address: string,
  { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): RequestHead {
  const [, host, path, query] = /^([^/?]*)([^?]*)(.*)$/.exec(address)!;
  return { method, host: host!, path: path!, query: query!, header: (name) => headers[name] ?? null };
}
