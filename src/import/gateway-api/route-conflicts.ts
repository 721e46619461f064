import { hostnamesMeet } from "../../config/schema/names.ts";
import type { Attachment, RouteResource } from "./attach.ts";

export interface AttachedRoute {
  readonly route: RouteResource;
  readonly attached: readonly Attachment[];
}

interface Taken {
  readonly listener: string;
  readonly hostnames: readonly string[];
}

/**
 * Of an HTTPRoute and a GRPCRoute that would share a host at one listener, only the first may have it.
 *
 * - `routes`: in the standard's order of age and name; the attachments that stay come back in that order.
 *
 * Source: Gateway API, GRPCRoute, "Cross Serving".
 */
export function separateKinds(
  routes: readonly AttachedRoute[],
): (AttachedRoute & { readonly ousted: readonly Attachment[] })[] {
  const taken: Readonly<Record<string, Taken[]>> = { HTTPRoute: [], GRPCRoute: [] };
  return routes.map(({ route, attached }) => {
    const hostnames = route.object.spec.hostnames.length > 0 ? route.object.spec.hostnames : ["*"];
    const others = taken[route.kind === "HTTPRoute" ? "GRPCRoute" : "HTTPRoute"]!;
    const isTaken = (listener: string) =>
      others.some(
        (other) =>
          other.listener === listener &&
          hostnames.some((hostname) => other.hostnames.some((used) => hostnamesMeet(hostname, used))),
      );
    const kept: Attachment[] = [];
    const ousted: Attachment[] = [];
    for (const attachment of attached) {
      const listeners = attachment.listeners.filter(({ id }) => !isTaken(id));
      if (attachment.refused === null && listeners.length === 0) ousted.push(attachment);
      else kept.push({ ...attachment, listeners });
    }
    for (const { listeners } of kept) {
      for (const { id } of listeners) taken[route.kind]!.push({ listener: id, hostnames });
    }
    return { route, attached: kept, ousted };
  });
}
