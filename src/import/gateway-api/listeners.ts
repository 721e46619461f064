/** The listeners of a Gateway and of the ListenerSets attached to it: which are in force, and the conditions of each. */
import type { Condition, Finding, ObjectStatus } from "../report.ts";
import { byAge, type Cluster, findingOf, nameOf, type Resource } from "./cluster.ts";
import { no, yes } from "./conditions.ts";
import { mayRefer } from "./grants.ts";
import { type Conflict, findConflicts } from "./listener-conflicts.ts";
import { mayAttach } from "./namespaces.ts";
import { GATEWAY_GROUP } from "./resources/fields.ts";
import type { Gateway, ListenerSet, ListenerSpec } from "./resources/gateway.ts";

export type RouteKind = "HTTPRoute" | "GRPCRoute";
const ROUTE_KINDS: readonly RouteKind[] = ["HTTPRoute", "GRPCRoute"];

export interface Listener {
  /** Its name in the config: a Gateway's own by its name, a ListenerSet's as `namespace/set/name`. */
  readonly id: string;
  readonly owner: Resource<Gateway | ListenerSet>;
  readonly spec: ListenerSpec;
  /** Kinds of routes that may attach. */
  readonly kinds: readonly RouteKind[];
  /** Not accepted: routes cannot attach. */
  readonly isAccepted: boolean;
  /** It takes requests. A listener whose references do not resolve has routes and takes none. */
  readonly isProgrammed: boolean;
  readonly conditions: readonly Condition[];
}

export interface Listeners {
  /** In the standard's order: the Gateway's own, then those of ListenerSets by age and name. */
  readonly all: readonly Listener[];
  /** ListenerSets that refer to the Gateway, by `namespace/name`; the listeners of one that is not accepted are not in `all`. */
  readonly sets: ReadonlyMap<string, { readonly isAllowed: boolean; readonly isAccepted: boolean }>;
  readonly findings: readonly Finding[];
  /** Of ListenerSets. */
  readonly statuses: readonly ObjectStatus[];
}

/** Ports of Cloudflare's proxy. Source: developers.cloudflare.com/fundamentals/reference/network-ports. */
const REACHABLE: Readonly<Record<string, readonly number[]>> = {
  HTTP: [80, 8080, 8880, 2052, 2082, 2086, 2095],
  HTTPS: [443, 2053, 2083, 2087, 2096, 8443],
};

export function gatewayListeners(gateway: Resource<Gateway>, cluster: Cluster): Listeners {
  const sets = [...cluster.listenerSets.values()].filter((set) => refersTo(set, gateway)).sort(byAge);
  const allowed = sets.filter((set) => isAllowed(set, gateway, cluster));
  const owned = [gateway, ...allowed].flatMap((owner) => ownListeners(owner, gateway, cluster));
  const conflicts = findConflicts(gateway, owned);
  const all = owned.map((listener, index) => settle(listener, conflicts[index]!));
  const findings = all.flatMap((listener) => [...listenerFindings(listener)]);
  const outcome = new Map(sets.map((set) => [nameOf(set), setOutcome(set, allowed.includes(set), all)]));
  const statuses = sets.flatMap((set) => setStatuses(set, outcome.get(nameOf(set))!, all));
  for (const set of sets) {
    if (outcome.get(nameOf(set))!.isAllowed) continue;
    const message = "the Gateway's allowedListeners do not let it attach";
    findings.push(
      findingOf(set, { severity: "dropped", reason: "NotAllowed", message, condition: no("Accepted", "NotAllowed") }),
    );
  }
  return { all, sets: outcome, findings, statuses };
}

function refersTo(set: Resource<ListenerSet>, gateway: Resource<Gateway>): boolean {
  const { group, kind, namespace, name } = set.object.spec.parentRef;
  return (
    group === GATEWAY_GROUP &&
    kind === "Gateway" &&
    name === gateway.name &&
    (namespace ?? set.namespace) === gateway.namespace
  );
}

function isAllowed(set: Resource<ListenerSet>, gateway: Resource<Gateway>, { namespaces }: Cluster): boolean {
  const rule = gateway.object.spec.allowedListeners?.namespaces;
  return rule !== undefined && mayAttach(rule, set.namespace, gateway.namespace, namespaces);
}

function ownListeners(
  owner: Resource<Gateway | ListenerSet>,
  gateway: Resource<Gateway>,
  cluster: Cluster,
): Listener[] {
  return owner.object.spec.listeners.map((spec) => {
    const isSupported = spec.protocol === "HTTP" || spec.protocol === "HTTPS";
    const asked = spec.allowedRoutes.kinds;
    const known = asked.filter(
      ({ group, kind }) => group === GATEWAY_GROUP && (ROUTE_KINDS as readonly string[]).includes(kind),
    );
    const kinds = !isSupported ? [] : asked.length === 0 ? ROUTE_KINDS : known.map(({ kind }) => kind as RouteKind);
    const refs = unresolved(owner, spec, isSupported && known.length === asked.length, cluster);
    return {
      id: owner === gateway ? spec.name : `${nameOf(owner)}/${spec.name}`,
      owner,
      spec,
      kinds,
      isAccepted: isSupported,
      isProgrammed: isSupported && (refs === null || (refs === "InvalidRouteKinds" && kinds.length > 0)),
      conditions: [
        isSupported ? yes("Accepted") : no("Accepted", "UnsupportedProtocol"),
        refs === null ? yes("ResolvedRefs") : no("ResolvedRefs", refs),
      ],
    };
  });
}

/** Why what a listener refers to cannot be used; null when it can. */
function unresolved(owner: Resource, spec: ListenerSpec, areKindsKnown: boolean, cluster: Cluster): string | null {
  if (!areKindsKnown && spec.allowedRoutes.kinds.length > 0) return "InvalidRouteKinds";
  for (const { group, kind, name, namespace } of spec.tls?.certificateRefs ?? []) {
    if (group !== "" || kind !== "Secret") return "InvalidCertificateRef";
    const to = { group, kind, name, namespace: namespace ?? owner.namespace };
    if (!mayRefer(owner, to, cluster.referenceGrants)) return "RefNotPermitted";
  }
  return null;
}

function settle(listener: Listener, conflict: Conflict | null): Listener {
  const isAccepted = listener.isAccepted && conflict === null;
  const isProgrammed = listener.isProgrammed && conflict === null;
  if (conflict === null) {
    const programmed = isProgrammed ? yes("Programmed") : no("Programmed", "Invalid");
    return { ...listener, conditions: [...listener.conditions, programmed, no("Conflicted", "NoConflicts")] };
  }
  const [, refs] = listener.conditions;
  const conditions = [
    no("Accepted", conflict),
    refs!,
    no("Programmed", conflict),
    { type: "Conflicted", status: "True", reason: conflict } as const,
  ];
  return { ...listener, isAccepted, isProgrammed, conditions };
}

function* listenerFindings({ owner, spec, isProgrammed, conditions }: Listener): Iterable<Finding> {
  const index = owner.object.spec.listeners.indexOf(spec);
  const path = `spec.listeners[${index}]`;
  const bad = conditions.find(
    ({ type, status }) => status === "False" && (type === "Accepted" || type === "ResolvedRefs"),
  );
  if (bad !== undefined) {
    const message = isProgrammed
      ? "some of the kinds of routes it allows do not exist here"
      : (WHY[bad.reason] ?? "it cannot be used");
    yield findingOf(owner, { path, severity: "dropped", reason: bad.reason, message, condition: bad });
    return;
  }
  if (!REACHABLE[spec.protocol]!.includes(spec.port)) {
    const message = `Cloudflare's proxy does not listen on port ${spec.port} for ${spec.protocol}; it does on ${REACHABLE[spec.protocol]!.join(", ")}`;
    yield findingOf(owner, { path: `${path}.port`, severity: "changed", reason: "PortUnavailable", message });
  }
  if (spec.tls?.frontendValidation !== undefined) {
    const message = "certificates of callers are checked by Cloudflare (mTLS of the zone), not by a listener";
    yield findingOf(owner, {
      path: `${path}.tls.frontendValidation`,
      severity: "dropped",
      reason: "UnsupportedField",
      message,
    });
  }
}

const WHY: Readonly<Record<string, string>> = {
  UnsupportedProtocol: "an edge Worker takes HTTP and HTTPS only",
  InvalidRouteKinds: "no kind of route that it allows can be attached here",
  InvalidCertificateRef: "only Secrets can hold its certificate",
  RefNotPermitted: "no ReferenceGrant lets it use a certificate of another namespace",
  HostnameConflict: "another listener has the same port, protocol and hostname",
  ProtocolConflict: "another listener has the same port with another protocol",
};

function setOutcome(set: Resource<ListenerSet>, isAllowed: boolean, all: readonly Listener[]) {
  return { isAllowed, isAccepted: isAllowed && all.some(({ owner, isProgrammed }) => owner === set && isProgrammed) };
}

function setStatuses(
  set: Resource<ListenerSet>,
  { isAllowed, isAccepted }: { readonly isAllowed: boolean; readonly isAccepted: boolean },
  all: readonly Listener[],
): ObjectStatus[] {
  const reason = isAllowed ? "ListenersNotValid" : "NotAllowed";
  const isProgrammed = all.some((listener) => listener.owner === set && listener.isProgrammed);
  const conditions = [
    isAccepted ? yes("Accepted") : no("Accepted", reason),
    isAccepted && isProgrammed ? yes("Programmed") : no("Programmed", reason),
  ];
  return [{ kind: set.kind, name: nameOf(set), part: "", conditions }];
}
