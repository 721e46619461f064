/** What routes say of listeners has to go with what the listeners say. */
import { suggested } from "../nearest.ts";
import { type Finding, isRecord } from "./finding.ts";
import { hostnamesMeet } from "./names.ts";

/**
 * Routes attached to listeners that are not there, and routes no request of whose listeners can have their hosts.
 * Never throws, whatever `mesh` holds.
 */
export function* listenerFindings(mesh: Record<string, unknown>): Iterable<Finding> {
  const hostnames = new Map<string, string>();
  for (const listener of listOf(mesh.listeners)) {
    if (!isRecord(listener) || typeof listener.name !== "string") continue;
    hostnames.set(listener.name, typeof listener.hostname === "string" ? listener.hostname : "*");
  }
  for (const [index, route] of listOf(mesh.routes).entries()) {
    if (!isRecord(route)) continue;
    const attached = route.listeners === undefined ? [...hostnames.keys()] : listOf(route.listeners);
    for (const [at, name] of attached.entries()) {
      if (typeof name !== "string" || hostnames.has(name)) continue;
      const path = ["routes", index, "listeners", at];
      yield { path, message: `there is no listener ${name}`, ...suggested(name, hostnames.keys()) };
    }
    const own = route.hostnames === undefined ? ["*"] : listOf(route.hostnames);
    const listened = attached.flatMap((name) => (typeof name === "string" ? (hostnames.get(name) ?? []) : []));
    if (listened.length < attached.length || listened.length === 0) continue;
    if (own.some((host) => typeof host !== "string" || listened.some((other) => hostnamesMeet(host, other)))) continue;
    yield {
      path: ["routes", index, "hostnames"],
      message: `none is among what its listeners take: ${listened.join(", ")}`,
    };
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
