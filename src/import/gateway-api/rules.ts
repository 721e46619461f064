/** One rule of a route: matches, filters, backends, timeouts, retry and session. */

import type { RouteResource } from "./attach.ts";
import type { Backends } from "./backends.ts";
import type { Cluster } from "./cluster.ts";
import { changed, clampDuration, convertTimeouts } from "./durations.ts";
import { convertFilters, countMirrors, type FilterConfig, type Lost, MAX_MIRRORS } from "./filters.ts";
import { grpcMatch, httpMatch, type MatchConfig } from "./matches.ts";
import type { SessionPersistence } from "./resources/fields.ts";
import type { GrpcRule } from "./resources/grpc-route.ts";
import type { HttpRule } from "./resources/http-route.ts";
import { trafficPolicyOf } from "./traffic-policies.ts";

export interface RuleConfig {
  readonly name?: string;
  readonly matches?: readonly MatchConfig[];
  readonly filters?: readonly FilterConfig[];
  readonly backendRefs?: readonly Readonly<Record<string, unknown>>[];
  readonly timeouts?: Readonly<Record<string, unknown>>;
  readonly retry?: Readonly<Record<string, unknown>>;
  readonly sessionPersistence?: Readonly<Record<string, unknown>>;
}

export interface ConvertedRule {
  readonly rule: RuleConfig;
  readonly lost: readonly Lost[];
}

/** Most further attempts that a config may ask for. */
const MAX_ATTEMPTS = 10;
const MAX_BACKOFF_MS = 60_000;
/** A session lasts at least a second and at most a year. */
const SESSION_MS = [1_000, 8_760 * 3_600_000] as const;

/** - `path`: of the rule, in the resource. */
export function convertRule(
  route: RouteResource,
  source: HttpRule | GrpcRule,
  path: string,
  backends: Backends,
  cluster: Cluster,
): ConvertedRule {
  const resolve = (ref: Parameters<Backends["resolve"]>[1]) => backends.resolve(route, ref);
  const own = convertFilters(source.filters, `${path}.filters`, resolve);
  const refs = source.backendRefs.map((ref, index) => {
    const at = `${path}.backendRefs[${index}]`;
    const backend = resolve(ref);
    const special = convertFilters(ref.filters, `${at}.filters`, resolve, MAX_MIRRORS - countMirrors(own.filters));
    const weight = ref.weight === 1 ? {} : { weight: ref.weight };
    if (!("service" in backend)) {
      const lost: Lost = {
        path: at,
        reason: backend.reason,
        message: backend.message,
        isReference: backend.isReference,
      };
      return { config: { invalid: backend.invalid, ...weight }, lost: [lost, ...special.lost] };
    }
    if (special.failing !== null) return { config: { invalid: special.failing, ...weight }, lost: special.lost };
    const filters = special.filters.length > 0 && { filters: special.filters };
    return { config: { service: backend.service, ...weight, ...filters }, lost: special.lost };
  });
  const http = "retry" in source || "timeouts" in source ? (source as HttpRule) : null;
  const retry = http?.retry === undefined ? null : convertRetry(http.retry, `${path}.retry`);
  if (retry !== null) for (const { config } of refs) if ("service" in config) backends.retries(config.service);
  const timeouts = http?.timeouts === undefined ? null : convertTimeouts(http.timeouts, `${path}.timeouts`);
  const session = sessionOf(route, source, path, cluster);
  const matches = source.matches.map((match) =>
    route.kind === "GRPCRoute"
      ? grpcMatch(match as GrpcRule["matches"][number])
      : httpMatch(match as HttpRule["matches"][number]),
  );
  const rule: RuleConfig = {
    ...(source.name !== undefined && { name: source.name }),
    ...(matches.length > 0 && { matches }),
    ...(own.failing === null && own.filters.length > 0 && { filters: own.filters }),
    ...(own.failing !== null
      ? { backendRefs: [{ invalid: own.failing }] }
      : refs.length > 0 && { backendRefs: refs.map(({ config }) => config) }),
    ...(timeouts !== null && { timeouts: timeouts.config }),
    ...(retry !== null && { retry: retry.config }),
    ...(session.config !== null && { sessionPersistence: session.config }),
  };
  return {
    rule,
    lost: [
      ...own.lost,
      ...refs.flatMap(({ lost }) => lost),
      ...(retry?.lost ?? []),
      ...(timeouts?.lost ?? []),
      ...session.lost,
    ],
  };
}

function convertRetry({ codes, attempts, backoff }: NonNullable<HttpRule["retry"]>, path: string) {
  const lost: Lost[] = [];
  if ((attempts ?? 0) > MAX_ATTEMPTS) {
    const message = `${attempts} further attempts are more than ${MAX_ATTEMPTS}, the most there may be`;
    lost.push(changed(`${path}.attempts`, message));
  }
  const wait = backoff === undefined ? undefined : clampDuration(backoff, 0, MAX_BACKOFF_MS, `${path}.backoff`, lost);
  const config = {
    // Only what is listed, and failed connections.
    codes: [...new Set(codes)],
    ...(attempts !== undefined && { attempts: Math.min(attempts, MAX_ATTEMPTS) }),
    // The standard knows no difference between methods.
    methods: ["*"],
    // A minimum, which grows.
    ...(wait !== undefined && { backoff: wait, backoffMin: wait }),
  };
  return { config, lost };
}

/** The rule's own, else what the XBackendTrafficPolicies of all its Services say alike. */
function sessionOf(route: RouteResource, source: HttpRule | GrpcRule, path: string, cluster: Cluster) {
  const lost: Lost[] = [];
  if (source.sessionPersistence !== undefined) {
    return { config: session(source.sessionPersistence, `${path}.sessionPersistence`, lost), lost };
  }
  const asked = source.backendRefs.map(({ group, kind, name, namespace }) =>
    group === "" && kind === "Service"
      ? trafficPolicyOf({ namespace: namespace ?? route.namespace, name }, cluster)?.object.spec.sessionPersistence
      : undefined,
  );
  const distinct = new Set(asked.map((one) => JSON.stringify(one)));
  const [first] = asked;
  if (distinct.size <= 1) {
    return { config: first === undefined ? null : session(first, `${path}.backendRefs`, lost), lost };
  }
  const message = "the policies of its Services do not say the same of sessions, and a rule has one kind of session";
  lost.push({ path: `${path}.backendRefs`, reason: "UnsupportedValue", message, isReference: false });
  return { config: null, lost };
}

function session(source: SessionPersistence, path: string, lost: Lost[]): Readonly<Record<string, unknown>> {
  const timeout = (field: "absoluteTimeout" | "idleTimeout") => {
    const text = source[field];
    return text === undefined ? {} : { [field]: clampDuration(text, ...SESSION_MS, `${path}.${field}`, lost) };
  };
  const sessionName = source.cookie?.name ?? source.header?.name ?? source.sessionName;
  const lifetimeType = source.cookie?.lifetimeType ?? source.cookieConfig?.lifetimeType;
  return {
    type: source.type,
    ...(sessionName !== undefined && { sessionName }),
    ...timeout("absoluteTimeout"),
    ...timeout("idleTimeout"),
    ...(source.type === "Cookie" && lifetimeType === "Permanent" && { cookieConfig: { lifetimeType } }),
  };
}
