/** Which listeners a route is attached to, parent by parent, with the standard's reason where it is not. */
import { hostnamesMeet } from "../../config/schema/names.ts";
import { type Cluster, nameOf, type Resource } from "./cluster.ts";
import type { Listener, Listeners, RouteKind } from "./listeners.ts";
import { mayAttach } from "./namespaces.ts";
import { GATEWAY_GROUP, type ParentRef } from "./resources/fields.ts";
import type { Gateway } from "./resources/gateway.ts";
import type { GrpcRoute } from "./resources/grpc-route.ts";
import type { HttpRoute } from "./resources/http-route.ts";

export type RouteResource = Resource<HttpRoute | GrpcRoute>;

export type RefusedParent = "NoMatchingParent" | "NotAllowedByListeners" | "NoMatchingListenerHostname";

export interface Attachment {
  /** Index into spec.parentRefs. */
  readonly index: number;
  /** `Kind namespace/name[/section][:port]` */
  readonly parent: string;
  /** Empty when it is refused. */
  readonly listeners: readonly Listener[];
  readonly refused: RefusedParent | null;
}

/** The route's attachments to the Gateway and its ListenerSets; references to other parents are not among them. */
export function attachments(
  route: RouteResource,
  gateway: Resource<Gateway>,
  listeners: Listeners,
  { namespaces }: Cluster,
): Attachment[] {
  return route.object.spec.parentRefs.flatMap((ref, index) => {
    const owner = ownerOf(ref, route, gateway, listeners);
    if (owner === null) return [];
    const named = listeners.all.filter(
      (listener) =>
        nameOf(listener.owner) === owner.name &&
        (listener.owner === gateway) === (owner.kind === "Gateway") &&
        (ref.sectionName === undefined || ref.sectionName === listener.spec.name) &&
        (ref.port === undefined || ref.port === listener.spec.port),
    );
    const allowed = named.filter(
      ({ kinds, spec, owner: { namespace } }) =>
        kinds.includes(route.kind as RouteKind) &&
        mayAttach(spec.allowedRoutes.namespaces, route.namespace, namespace, namespaces),
    );
    const fitting = allowed.filter(
      ({ spec, isAccepted }) => isAccepted && fits(route.object.spec.hostnames, spec.hostname),
    );
    return [{ index, parent: describe(ref, owner), listeners: fitting, refused: refusal(named, allowed, fitting) }];
  });
}

function refusal(
  named: readonly Listener[],
  allowed: readonly Listener[],
  fitting: readonly Listener[],
): RefusedParent | null {
  if (fitting.length > 0) return null;
  if (named.length === 0) return "NoMatchingParent";
  if (allowed.length === 0) return "NotAllowedByListeners";
  return allowed.some(({ isAccepted }) => isAccepted) ? "NoMatchingListenerHostname" : "NoMatchingParent";
}

/** The parent that a reference means, when it is the Gateway or one of its ListenerSets. */
function ownerOf(ref: ParentRef, route: RouteResource, gateway: Resource<Gateway>, { sets }: Listeners) {
  const name = `${ref.namespace ?? route.namespace}/${ref.name}`;
  if (ref.group === GATEWAY_GROUP && ref.kind === "Gateway") {
    return name === nameOf(gateway) ? { kind: "Gateway", name } : null;
  }
  const isSet = ref.kind === "ListenerSet" || ref.kind === "XListenerSet";
  return isSet && /^gateway\.networking\.(x-)?k8s\.io$/.test(ref.group) && sets.has(name)
    ? { kind: ref.kind, name }
    : null;
}

function describe(
  { sectionName, port }: ParentRef,
  { kind, name }: { readonly kind: string; readonly name: string },
): string {
  return `${kind} ${name}${sectionName === undefined ? "" : `/${sectionName}`}${port === undefined ? "" : `:${port}`}`;
}

function fits(hostnames: readonly string[], listener: string | undefined): boolean {
  return hostnames.length === 0 || hostnames.some((hostname) => hostnamesMeet(hostname, listener ?? "*"));
}
