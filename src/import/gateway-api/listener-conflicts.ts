/**
 * Which listeners no request could tell apart. Of a Gateway's own, all that are in conflict lose, as the standard allows no
 * winner; a ListenerSet's loses against the Gateway's and against those of sets before its own.
 *
 * Source: Gateway API, GatewaySpec.Listeners and ListenerSet (GEP-1713).
 */
import type { Resource } from "./cluster.ts";
import type { Listener } from "./listeners.ts";

export type Conflict = "HostnameConflict" | "ProtocolConflict";

/** One entry for each listener, in the standard's order of precedence; null for one that is distinct. */
export function findConflicts(gateway: Resource, listeners: readonly Listener[]): (Conflict | null)[] {
  const own = listeners.filter(({ owner }) => owner === gateway);
  const inForce: Listener[] = [];
  return listeners.map((listener) => {
    const rivals = listener.owner === gateway ? own.filter((other) => other !== listener) : inForce;
    const conflict = rivals.map((other) => conflictOf(listener, other)).find((found) => found !== null) ?? null;
    if (conflict === null || listener.owner === gateway) inForce.push(listener);
    return conflict;
  });
}

function conflictOf(a: Listener, b: Listener): Conflict | null {
  if (a.spec.port !== b.spec.port || (a.spec.protocol === "UDP") !== (b.spec.protocol === "UDP")) return null;
  if (family(a.spec.protocol) !== family(b.spec.protocol)) return "ProtocolConflict";
  if (a.spec.protocol !== b.spec.protocol) return null;
  return (a.spec.hostname ?? "").toLowerCase() === (b.spec.hostname ?? "").toLowerCase() ? "HostnameConflict" : null;
}

/** HTTPS and TLS share a port, told apart by the name in the handshake. */
function family(protocol: string): string {
  return protocol === "TLS" ? "HTTPS" : protocol;
}
