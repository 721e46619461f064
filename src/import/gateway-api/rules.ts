/** One rule of a route: matches, filters, backends, timeouts, retry and session. */

import type { RouteResource } from "./attach.ts";
import type { Backends } from "./backends.ts";
import type { Cluster } from "./cluster.ts";
import { convertFilters, type FilterConfig, type Lost } from "./filters.ts";
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
    const special = convertFilters(ref.filters, `${at}.filters`, resolve);
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
    ...(http?.timeouts !== undefined && { timeouts: timeouts(http.timeouts) }),
    ...(retry !== null && { retry: retry.config }),
    ...(session.config !== null && { sessionPersistence: session.config }),
  };
  return { rule, lost: [...own.lost, ...refs.flatMap(({ lost }) => lost), ...(retry?.lost ?? []), ...session.lost] };
}

/** An attempt that the rule does not limit may take as long as the request. */
function timeouts({ request, backendRequest }: NonNullable<HttpRule["timeouts"]>): Readonly<Record<string, unknown>> {
  return { ...(request !== undefined && { request }), backendRequest: backendRequest ?? "0s" };
}

function convertRetry({ codes, attempts, backoff }: NonNullable<HttpRule["retry"]>, path: string) {
  const lost: Lost[] = [];
  if ((attempts ?? 0) > MAX_ATTEMPTS) {
    const message = `${attempts} further attempts are more than ${MAX_ATTEMPTS}, the most there may be`;
    lost.push({ path: `${path}.attempts`, reason: "UnsupportedValue", message, isReference: false });
  }
  const config = {
    // Only what is listed, and failed connections.
    codes: [...new Set(codes)],
    ...(attempts !== undefined && { attempts: Math.min(attempts, MAX_ATTEMPTS) }),
    // The standard knows no difference between methods.
    methods: ["*"],
    // A minimum, which grows.
    ...(backoff !== undefined && { backoff, backoffMin: backoff }),
  };
  return { config, lost };
}

/** The rule's own, else what the XBackendTrafficPolicies of all its Services say alike. */
function sessionOf(route: RouteResource, source: HttpRule | GrpcRule, path: string, cluster: Cluster) {
  const lost: Lost[] = [];
  if (source.sessionPersistence !== undefined) return { config: session(source.sessionPersistence), lost };
  const asked = source.backendRefs.map(({ group, kind, name, namespace }) =>
    group === "" && kind === "Service"
      ? trafficPolicyOf({ namespace: namespace ?? route.namespace, name }, cluster)?.object.spec.sessionPersistence
      : undefined,
  );
  const distinct = new Set(asked.map((one) => JSON.stringify(one)));
  const [first] = asked;
  if (distinct.size <= 1) return { config: first === undefined ? null : session(first), lost };
  const message = "the policies of its Services do not say the same of sessions, and a rule has one kind of session";
  lost.push({ path: `${path}.backendRefs`, reason: "UnsupportedValue", message, isReference: false });
  return { config: null, lost };
}

function session(source: SessionPersistence): Readonly<Record<string, unknown>> {
  const sessionName = source.cookie?.name ?? source.header?.name ?? source.sessionName;
  const lifetimeType = source.cookie?.lifetimeType ?? source.cookieConfig?.lifetimeType;
  return {
    type: source.type,
    ...(sessionName !== undefined && { sessionName }),
    ...(source.absoluteTimeout !== undefined && { absoluteTimeout: source.absoluteTimeout }),
    ...(source.idleTimeout !== undefined && { idleTimeout: source.idleTimeout }),
    ...(source.type === "Cookie" && lifetimeType === "Permanent" && { cookieConfig: { lifetimeType } }),
  };
}
