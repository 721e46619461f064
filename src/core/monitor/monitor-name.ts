/** Names of the objects: `${service}/${region}` for what a region knows, `${service}/root` for what all of them know. */
import { isRegion, type Region } from "../region.ts";

export type MonitorScope = Region | "root";

export interface MonitorName {
  readonly service: string;
  readonly scope: MonitorScope;
}

/** The name of a service's object. */
export function monitorName(service: string, scope: MonitorScope): string {
  return `${service}/${scope}`;
}

/** The parts of a name; the service may contain slashes. Null for anything that is not one. Never throws. */
export function parseMonitorName(name: string | undefined): MonitorName | null {
  if (name === undefined) return null;
  const cut = name.lastIndexOf("/");
  const service = name.slice(0, Math.max(0, cut));
  const scope = name.slice(cut + 1);
  if (service === "" || !(scope === "root" || isRegion(scope))) return null;
  return { service, scope };
}
