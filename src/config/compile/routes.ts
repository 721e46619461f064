import type { BackendRef, Listener, Route, RouteRule, SessionPersistence } from "../../core/mesh.ts";
import { durationMs } from "../duration.ts";
import type { MeshConfig, RouteConfig, RuleConfig } from "../schema/mesh.ts";
import type { AutomatonTable } from "./automata.ts";
import type { CredentialTable } from "./credentials.ts";
import { compileFilters } from "./filters.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Guarding } from "./guards.ts";
import { compileMatch } from "./matches.ts";
import type { Refer } from "./services.ts";

const EVERYTHING: Listener = { name: "default", hostname: "*", port: 0, protocol: null };

/** The listeners of a config; one that takes everything when it has none. */
export function compileListeners(listeners: MeshConfig["listeners"]): readonly Listener[] {
  if (listeners.length === 0) return [EVERYTHING];
  return listeners.map(({ name, hostname, port, protocol }) => ({
    name,
    hostname: hostname.toLowerCase(),
    port: port ?? 0,
    protocol: protocol ?? null,
  }));
}

export interface RouteContext {
  readonly listeners: readonly Listener[];
  readonly automata: AutomatonTable;
  readonly refer: Refer;
  readonly rollouts: MeshConfig["rollouts"];
  readonly guarding: Guarding;
  readonly credentials: CredentialTable;
}

/** A route with its references resolved. What has no name is named by its index. */
export function compileRoute(config: RouteConfig, index: number, context: RouteContext): Route {
  const name = config.name ?? `route-${index}`;
  return {
    name,
    hostnames: [...new Set(config.hostnames.map((hostname) => hostname.toLowerCase()))],
    listeners: attached(config.listeners, context.listeners),
    rules: config.rules.map((rule, ruleIndex) =>
      compileRule(rule, rule.name ?? `rule-${ruleIndex}`, { route: config, name, context }),
    ),
  };
}

function attached(names: readonly string[] | undefined, listeners: readonly Listener[]): number[] {
  const indices = listeners.flatMap(({ name }, index) => (names === undefined || names.includes(name) ? [index] : []));
  return indices;
}

interface PlacedRule {
  readonly route: RouteConfig;
  /** The route's. */
  readonly name: string;
  readonly context: RouteContext;
}

function compileRule(config: RuleConfig, name: string, { route, name: routeName, context }: PlacedRule): RouteRule {
  const { automata, refer, guarding, credentials } = context;
  return {
    name,
    matches: config.matches.map((match) => compileMatch(match, automata)),
    filters: compileFilters(config.filters, refer, credentials),
    backendRefs: config.backendRefs.map((ref) => {
      if ("invalid" in ref) return { service: -1, weight: ref.weight, policy: -1, filters: null };
      const filters = compileFilters(ref.filters, refer, credentials);
      if ("rollout" in ref) return rolloutBackend(ref.rollout, { weight: ref.weight, filters }, config, context);
      return { ...refer(ref.service, config, ref.subset), weight: ref.weight, filters };
    }),
    splitOn: config.splitOn.map((on) => (on.type === "header" ? { ...on, name: on.name.toLowerCase() } : on)),
    sessionPersistence: compileSession(config.sessionPersistence, `${routeName}/${name}`),
    ...guarding(route, config, { route: routeName, rule: name }),
  };
}

/** A reference to the stable side that knows of the canary. */
function rolloutBackend(
  name: string,
  shared: Pick<BackendRef, "weight" | "filters">,
  rule: RuleConfig,
  { refer, rollouts }: RouteContext,
): BackendRef {
  const { stable, canary } = rollouts[name]!;
  const index = Object.keys(rollouts).indexOf(name);
  return {
    ...refer(stable.service, rule, stable.subset),
    ...shared,
    rollout: { index, canary: { ...refer(canary.service, rule, canary.subset), ...shared } },
  };
}

function compileSession(config: RuleConfig["sessionPersistence"], place: string): SessionPersistence | null {
  if (config === undefined) return null;
  const { type, sessionName = `heddle-session-${fingerprint(place)}` } = config;
  const { absoluteTimeout = "0s", idleTimeout = "0s", cookieConfig } = config;
  return {
    type: type === "Cookie" ? "cookie" : "header",
    sessionName: type === "Cookie" ? sessionName : sessionName.toLowerCase(),
    absoluteTimeoutMs: durationMs(absoluteTimeout),
    idleTimeoutMs: durationMs(idleTimeout),
    lifetime: cookieConfig?.lifetimeType ?? "Session",
  };
}
