/** Routes in the words of the config: references by name, rules by theirs. */
import type { BackendRef, Mesh, NamedMatch, Route, RouteMatch, RouteRule } from "../../core/mesh.ts";
import { isSame } from "./fields.ts";
import { filtersInWords } from "./filter-words.ts";
import { type OwnPolicies, policyInWords } from "./policies.ts";
import { limitsOf } from "./rate-limit-words.ts";
import { inWords, type Words } from "./words.ts";

type Tree = { readonly [key: string]: Words };

/** A mesh, and what its services have of their own: see policies.ts. */
export interface Context {
  readonly mesh: Mesh;
  readonly policies: OwnPolicies;
}

/** Without its rules, which are paired by name or by what they match. */
export function routeInWords({ hostnames, listeners }: Route, { mesh }: Context): Tree {
  return { hostnames, listeners: listeners.map((index) => mesh.listeners[index]?.name ?? "") };
}

export function ruleInWords(rule: RouteRule, context: Context): Tree {
  const { mesh } = context;
  const { matches, filters, backendRefs, splitOn, sessionPersistence } = rule;
  return {
    matches: matches.map(matchInWords),
    ...(filters !== null && { filters: filtersInWords(filters, mesh) }),
    backendRefs: backendsInWords(backendRefs, context),
    ...(splitOn.length > 0 && { splitOn: splitOn.map((on) => ("name" in on ? `${on.type} ${on.name}` : on.type)) }),
    ...guardInWords(rule, mesh),
    ...boundsInWords(rule, mesh),
    ...limitsInWords(rule, mesh),
    ...(sessionPersistence !== null && { sessionPersistence: inWords(sessionPersistence) }),
    ...overrides(backendRefs, context),
  };
}

function guardInWords({ guard }: RouteRule, { guards, authentication }: Mesh): Tree {
  const asked = guard === undefined ? undefined : guards?.[guard]?.authenticate;
  if (asked === undefined || asked.providers.length === 0) return {};
  const providers = asked.providers.map((index) => authentication?.providers[index]?.name ?? "");
  return { authentication: { providers, required: asked.required } };
}

/** Patterns are told by their number: compiled, they are tables. */
function boundsInWords({ guard }: RouteRule, { guards }: Mesh): Tree {
  const bounds = guard === undefined ? undefined : guards?.[guard]?.bounds;
  if (bounds === undefined) return {};
  const { deniedPaths, bots, bodyPace, ...others } = bounds;
  const { exact, prefixes, patterns } = deniedPaths;
  return {
    bounds: {
      ...(inWords({ ...others, ...bodyPace }) as object),
      deniedPaths: [
        ...exact,
        ...prefixes.map((prefix) => `${prefix}/*`),
        ...patterns.map((index) => `pattern ${index}`),
      ],
      ...(bots !== null && { bots: inWords(bots) }),
    },
  };
}

function limitsInWords(rule: RouteRule, mesh: Mesh): Tree {
  const rateLimits = limitsOf(rule, mesh);
  return rateLimits.length === 0 ? {} : { rateLimits };
}

/** A match as one line, since it is one condition: "GET PathPrefix /shop, header x-beta Exact 1". */
export function matchInWords({ path, method, headers, queryParams }: RouteMatch): string {
  const fold = "ignoreCase" in path && path.ignoreCase ? " (any case)" : "";
  const parts = [
    `${method === undefined ? "" : `${method} `}${path.type} ${path.value}${fold}`,
    ...headers.map((named) => `header ${namedInWords(named)}`),
    ...queryParams.map((named) => `query ${namedInWords(named)}`),
  ];
  return parts.join(", ");
}

function namedInWords({ name, match, invert }: NamedMatch): string {
  return `${name} ${invert ? "not " : ""}${match.type}${"value" in match ? ` ${match.value}` : ""}`;
}

/** By the name of the service, since that is what people look for; a second one of the same name is numbered. */
function backendsInWords(refs: readonly BackendRef[], { mesh }: Context): Tree {
  const words: Record<string, Words> = {};
  for (const ref of refs) {
    const name = backendName(ref, mesh);
    let key = name;
    for (let n = 2; key in words; n++) key = `${name} (${n})`;
    words[key] = {
      weight: ref.weight,
      ...(ref.filters !== null && { filters: filtersInWords(ref.filters, mesh) }),
    };
  }
  return words;
}

/** "shop", "rollout shop-v2", or "invalid". */
export function backendName({ service, rollout }: BackendRef, mesh: Mesh): string {
  if (rollout !== undefined) return `rollout ${mesh.rollouts?.[rollout.index]?.name ?? ""}`;
  return mesh.services[service]?.name ?? "invalid";
}

/** What the rule says otherwise than the services it leads to. */
function overrides(refs: readonly BackendRef[], { mesh, policies }: Context): Tree {
  const said: Record<string, Words> = {};
  for (const { service, policy } of refs) {
    const [own, here] = [policies[service], mesh.policies[policy]];
    if (own === undefined || here === undefined || own === here) continue;
    const usual = policyInWords(own);
    for (const [group, settings] of Object.entries(policyInWords(here))) {
      const base = (usual[group] ?? {}) as Tree;
      const other = Object.entries(settings as Tree).filter(([key, value]) => !isSame(value, base[key]));
      if (other.length > 0) said[group] = { ...(said[group] as Tree | undefined), ...Object.fromEntries(other) };
    }
  }
  return said;
}
