import { compilePattern } from "../../../../src/config/regex/compile-pattern.ts";
import type {
  Automaton,
  BackendRef,
  Listener,
  Mesh,
  NamedMatch,
  Route,
  RouteMatch,
} from "../../../../src/core/mesh.ts";
import type { RequestHead } from "../../../../src/core/request-head.ts";

type MatchInput = Partial<Omit<RouteMatch, "path">> & {
  readonly path?: string;
  readonly exact?: string;
  readonly start?: string;
  readonly regex?: string;
  readonly ignoreCase?: true;
};

/** The automata of every pattern that a test named, as a mesh would have them. */
const automata: Automaton[] = [];
const indexOf = new Map<string, number>();

function automatonOf(pattern: string, part: "whole" | "afterPrefix"): { automaton: number; prefix: string } {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) throw new Error(`${pattern}: ${compiled.message}`);
  const key = JSON.stringify(compiled[part]);
  const index = indexOf.get(key) ?? automata.push(compiled[part]) - 1;
  indexOf.set(key, index);
  return { automaton: index, prefix: compiled.prefix };
}

/** A match as short as a test wants it: `path` is a prefix by element, `start` one by character. */
export function match({ path, exact, start, regex, ignoreCase, ...rest }: MatchInput): RouteMatch {
  const parts = { headers: [], queryParams: [], ...rest };
  if (regex !== undefined) {
    return { path: { type: "RegularExpression", value: regex, ...automatonOf(regex, "afterPrefix") }, ...parts };
  }
  const type = exact !== undefined ? "Exact" : start !== undefined ? "StringPrefix" : "PathPrefix";
  return { path: { type, value: exact ?? start ?? path ?? "/", ...(ignoreCase && { ignoreCase }) }, ...parts };
}

/** What a header or query parameter has to be. */
export function named(name: string, value: string, type: NamedMatch["match"]["type"] = "Exact"): NamedMatch {
  if (type === "Present") return { name, match: { type } };
  if (type !== "RegularExpression") return { name, match: { type, value } };
  return { name, match: { type, value, automaton: automatonOf(value, "whole").automaton } };
}

/** The same, fitting when it does not. */
export function not(match: NamedMatch): NamedMatch {
  return { ...match, invert: true };
}

/** A route with one rule. */
export function route(name: string, hostnames: readonly string[], ...matches: MatchInput[]): Route {
  return routeOf(name, hostnames, [matches.map(match)]);
}

/** A route with a rule for each list of matches. */
export function routeOf(
  name: string,
  hostnames: readonly string[],
  rules: readonly RouteMatch[][],
  listeners = [0],
): Route {
  return {
    name,
    hostnames,
    listeners,
    rules: rules.map((matches, index) => ({
      name: `rule-${index}`,
      matches,
      filters: null,
      backendRefs: [],
      splitOn: [],
      sessionPersistence: null,
    })),
  };
}

export const CATCH_ALL: Listener = { name: "default", hostname: "*", port: 0, protocol: null };

/** A mesh of which only the routes matter. */
export function meshOf(...routes: Route[]): Mesh {
  return { routes, listeners: [CATCH_ALL], precedence: "specificity", automata } as unknown as Mesh;
}

export function backend(service: number, weight: number): BackendRef {
  return { service, weight, policy: 0, filters: null };
}

interface HeadInput {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly scheme?: string;
  readonly port?: number;
}

/** The head of a request to "host/path?query". */
export function head(address: string, input: HeadInput = {}): RequestHead {
  const { method = "GET", headers = {}, scheme = "http" } = input;
  const { port = scheme === "https" ? 443 : 80 } = input;
  const [, host, path, query] = /^([^/?]*)([^?]*)(.*)$/.exec(address)!;
  return { method, scheme, host: host!, port, path: path!, query: query!, header: (name) => headers[name] ?? null };
}
