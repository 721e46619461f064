import type { Control } from "../control/client.ts";
import { type Overview, overview } from "../control/overview.ts";
import { type ServiceState, service } from "../control/services.ts";

/** A mesh as `top` shows it. */
export interface Look {
  readonly seen: Overview;
  /** With their endpoints: those with the most traffic first. */
  readonly details: readonly ServiceState[];
  /** Services whose endpoints are not in `details`. */
  readonly leftOut: number;
  readonly atMs: number;
}

/** A terminal shows no more, and each is a call. */
const MOST_SERVICES = 24;
const AT_ONCE = 6;

/** Looks once. A service that goes away meanwhile is left out. */
export async function look(control: Control): Promise<Look> {
  const seen = await overview(control);
  const busiest = [...seen.services].sort((a, b) => b.rps - a.rps || (a.service < b.service ? -1 : 1));
  const chosen = busiest.slice(0, MOST_SERVICES);
  const details: ServiceState[] = [];
  for (let at = 0; at < chosen.length; at += AT_ONCE) {
    const batch = chosen.slice(at, at + AT_ONCE).map(({ service: name }) => service(control, name).catch(() => null));
    details.push(...(await Promise.all(batch)).filter((one) => one !== null));
  }
  return { seen, details, leftOut: seen.services.length - details.length, atMs: Date.now() };
}
