/** Attempts per second by service over the last minute, for shares of the present traffic. */
import type { ControlEnvironment } from "../environment.ts";
import { describeRoots } from "./monitors.ts";
import { summaryOf } from "./service-view.ts";

/** With more services than this, each would be a call of its own: shares are not told then. */
const MAX_SERVICES = 300;

/** Null where it is not known of all of them. Never rejects. */
export async function trafficOf(
  env: ControlEnvironment,
  services: readonly string[],
): Promise<ReadonlyMap<string, number> | null> {
  if (services.length > MAX_SERVICES) return null;
  const roots = await describeRoots(env, services);
  if (roots.some(({ root }) => root.state === "away")) return null;
  return new Map(
    roots.map(({ service, root }) => [service, root.state === "described" ? summaryOf(root.description).rps : 0]),
  );
}
