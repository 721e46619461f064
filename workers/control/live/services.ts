/** Which services there are. */

import { type Caller, mayTouch } from "../access/caller.ts";
import type { ControlEnvironment } from "../environment.ts";
import { meshInForce } from "./mesh-config.ts";

/** Names of the services that a caller may see, sorted. */
export async function servicesFor(env: ControlEnvironment, caller: Caller): Promise<readonly string[]> {
  return (await serviceNames(env)).filter((name) => mayTouch(caller, name)).sort();
}

/** All of them, in no order. */
export async function serviceNames(env: ControlEnvironment): Promise<readonly string[]> {
  const { services } = await meshInForce(env);
  return services.map(({ name }) => name);
}

/** A service that was there is taken to be there still for so long: heartbeats of its instances come by the thousand. */
const KNOWN_MS = 5_000;
let known: { readonly services: ReadonlySet<string>; readonly untilMs: number } = { services: new Set(), untilMs: 0 };

/** Whether the mesh has a service: objects of others are not for callers to make. */
export async function hasService(env: ControlEnvironment, service: string, nowMs: number): Promise<boolean> {
  if (nowMs < known.untilMs && known.services.has(service)) return true;
  known = { services: new Set(await serviceNames(env)), untilMs: nowMs + KNOWN_MS };
  return known.services.has(service);
}
