/**
 * Which listener takes a request: the most specific of its port, and no other sees it (the Gateway API's listener
 * isolation). A listener for the port comes before one for any port, whatever their host names.
 *
 * The port is the URL's, and that is what the caller wrote into the Host header: a port nobody listens on cannot be where
 * the request came in, so it counts as the scheme's own.
 */
import type { Listener } from "../mesh.ts";
import type { RequestHead } from "../request-head.ts";
import { createHostMap, getOrCreate, type HostMap, mostSpecific } from "./host-map.ts";

/** By port; 0 for any. */
type Ports<T> = ReadonlyMap<number, HostMap<T>>;

export interface Listening<T> {
  readonly http: Ports<T>;
  readonly https: Ports<T>;
}

/** Arranges listeners, each with what is to be found for it. Of two that are alike the first counts. */
export function openListeners<T>(listeners: readonly Listener[], values: readonly T[]): Listening<T> {
  return { http: portsOf(listeners, values, "HTTP"), https: portsOf(listeners, values, "HTTPS") };
}

function portsOf<T>(
  listeners: readonly Listener[],
  values: readonly T[],
  protocol: NonNullable<Listener["protocol"]>,
): Ports<T> {
  const ports = new Map<number, HostMap<T>>();
  // What is for this protocol alone comes first, and so before what is for any.
  for (const said of [protocol, null]) {
    for (const [index, listener] of listeners.entries()) {
      if (listener.protocol !== said) continue;
      const hosts = ports.get(listener.port) ?? createHostMap<T>();
      ports.set(listener.port, hosts);
      getOrCreate(hosts, listener.hostname, () => values[index]!);
    }
  }
  return ports;
}

/** What stands for the listener that takes a request; null when none does. Never throws. */
export function listenerFor<T>({ http, https }: Listening<T>, { scheme, port, host }: RequestHead): T | null {
  const isSecure = scheme === "https";
  const ports = isSecure ? https : http;
  const ofAnyPort = ports.get(0);
  const ofPort = ports.get(port) ?? (ofAnyPort === undefined ? ports.get(isSecure ? 443 : 80) : undefined);
  const found = ofPort === undefined ? null : mostSpecific(ofPort, host);
  if (found !== null || ofAnyPort === undefined) return found;
  return mostSpecific(ofAnyPort, host);
}
