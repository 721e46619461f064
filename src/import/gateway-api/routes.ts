/** One route: attached where it may, each rule carried over as far as the config can say it. */
import { decodeConfig } from "../../config/decode.ts";
import { hostnamesMeet } from "../../config/schema/names.ts";
import type { Condition, Finding, ObjectStatus } from "../report.ts";
import type { Attachment, RouteResource } from "./attach.ts";
import type { Backends } from "./backends.ts";
import { type Cluster, findingOf, nameOf } from "./cluster.ts";
import { no, yes } from "./conditions.ts";
import type { Lost } from "./filters.ts";
import type { Listener } from "./listeners.ts";
import type { GrpcRule } from "./resources/grpc-route.ts";
import type { HttpRule } from "./resources/http-route.ts";
import { convertRule, type RuleConfig } from "./rules.ts";

export interface RouteConfig {
  readonly name: string;
  readonly listeners: readonly string[];
  readonly hostnames?: readonly string[];
  readonly rules: readonly RuleConfig[];
}

export interface ConvertedRoute {
  /** Null when no listener takes it. */
  readonly config: RouteConfig | null;
  readonly findings: readonly Finding[];
  readonly statuses: readonly ObjectStatus[];
}

/**
 * - `attached`: one entry for each parentRef that means the Gateway.
 * - `name`: unique among the routes of the config.
 */
export function convertRoute(
  route: RouteResource,
  name: string,
  attached: readonly Attachment[],
  backends: Backends,
  cluster: Cluster,
): ConvertedRoute {
  const listeners = [...new Set(attached.flatMap((attachment) => attachment.listeners))];
  const inForce = listeners.filter(({ isProgrammed }) => isProgrammed);
  // A route that takes no requests has conditions, and needs no services.
  const { rules, lost } = convertRules(route, inForce.length > 0 ? backends : backends.apart(), cluster);
  const hostnames = route.object.spec.hostnames.filter((hostname) =>
    inForce.some(({ spec }) => hostnamesMeet(hostname, spec.hostname ?? "*")),
  );
  const resolved = lost.find(({ isReference }) => isReference);
  const refs = resolved === undefined ? yes("ResolvedRefs") : no("ResolvedRefs", resolved.reason);
  return {
    config:
      inForce.length === 0 || rules.length === 0
        ? null
        : { name, listeners: inForce.map(({ id }) => id), ...(hostnames.length > 0 && { hostnames }), rules },
    findings: [
      ...attached.flatMap((attachment) => refusal(route, attachment)),
      ...unusedListeners(route, listeners, inForce),
      ...lost.map((loss) => lossFinding(route, loss)),
    ],
    statuses: attached.map(({ parent, refused }) => ({
      kind: route.kind,
      name: nameOf(route),
      part: parent,
      conditions: [refused === null ? yes("Accepted") : no("Accepted", refused), refs],
    })),
  };
}

/** All rules that the config can say, and everything of them that is lost. */
export function convertRules(
  route: RouteResource,
  backends: Backends,
  cluster: Cluster,
): { readonly rules: readonly RuleConfig[]; readonly lost: readonly Lost[] } {
  const rules: RuleConfig[] = [];
  const lost: Lost[] = [];
  for (const [index, source] of (route.object.spec.rules as (HttpRule | GrpcRule)[]).entries()) {
    const path = `spec.rules[${index}]`;
    const converted = convertRule(route, source, path, backends, cluster);
    const checked = checkRule(converted.rule, path);
    if (checked.rule !== null) rules.push(checked.rule);
    lost.push(...converted.lost, ...checked.lost);
  }
  return { rules, lost };
}

/**
 * A rule that the config cannot say loses what it cannot say: its filters first, and then its requests get 500; if the
 * match itself is at fault, the rule is left out.
 */
function checkRule(
  rule: RuleConfig,
  path: string,
): { readonly rule: RuleConfig | null; readonly lost: readonly Lost[] } {
  const faults = ruleFaults(rule);
  if (faults.length === 0) return { rule, lost: [] };
  const [first] = faults;
  const { name, matches } = rule;
  const failing: RuleConfig = {
    ...(name !== undefined && { name }),
    ...(matches !== undefined && { matches }),
    backendRefs: [{ invalid: `UnsupportedValue: ${first!.path} ${first!.message}`.slice(0, 1_024) }],
  };
  const kept = ruleFaults(failing).length === 0 ? failing : null;
  const outcome = kept === null ? "the rule is left out" : "its requests get 500";
  return {
    rule: kept,
    lost: faults.map((fault) => ({
      path: fault.path === "" ? path : `${path}.${fault.path}`,
      reason: "UnsupportedValue",
      message: `${fault.message}; ${outcome}`,
      isReference: false,
    })),
  };
}

const PREFIX = "routes[0].rules[0]";

/** What the config's own rules have against it, references to services aside. */
function ruleFaults(rule: RuleConfig): { readonly path: string; readonly message: string }[] {
  const names = new Set(JSON.stringify(rule).match(/(?<="service":")[^"]+/g));
  const services = Object.fromEntries([...names].map((name) => [name, { endpoints: [] }]));
  const decoded = decodeConfig({ services, routes: [{ rules: [rule] }] });
  if (decoded.ok) return [];
  return decoded.faults.map(({ path, message }) => ({ path: path.replace(PREFIX, "").replace(/^\./, ""), message }));
}

function refusal(route: RouteResource, { index, parent, refused }: Attachment): Finding[] {
  if (refused === null) return [];
  const condition: Condition = no("Accepted", refused);
  const path = `spec.parentRefs[${index}]`;
  const message = `${parent} ${WHY[refused]}`;
  return [findingOf(route, { path, severity: "dropped", reason: refused, message, condition })];
}

const WHY: Readonly<Record<NonNullable<Attachment["refused"]>, string>> = {
  NoMatchingParent: "has no listener in force of this section name and port",
  NotAllowedByListeners: "has no listener that allows routes of this kind and namespace",
  NoMatchingListenerHostname: "has no listener with a hostname in common",
};

function unusedListeners(
  route: RouteResource,
  listeners: readonly Listener[],
  inForce: readonly Listener[],
): Finding[] {
  if (inForce.length > 0 || listeners.length === 0) return [];
  const message = `listener ${listeners[0]!.id} is not in force, so the route takes no requests`;
  return [findingOf(route, { severity: "dropped", reason: "NoReadyListener", message })];
}

export function lossFinding(route: RouteResource, loss: Lost): Finding {
  const { path, reason, message, isReference, isChanged } = loss;
  const severity = isChanged === true ? "changed" : "dropped";
  const condition = isReference ? no("ResolvedRefs", reason) : undefined;
  return findingOf(route, { path, severity, reason, message, ...(condition && { condition }) });
}
