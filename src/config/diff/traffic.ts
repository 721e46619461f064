import type { Change, Changed, MeshDiff } from "./mesh-diff.ts";

/** Shares 0..1 of the present traffic. What is not listed has none. */
export interface TrafficShares {
  readonly services: Readonly<Record<string, number>>;
  /** By name. Absent: only services are known. */
  readonly routes?: Readonly<Record<string, number>>;
}

/**
 * The diff with the share of the present traffic that each change touches, and all together.
 *
 * A share is an upper bound: a change of a route of which only the services are known may touch all that they get, and what
 * is named beyond MAX_NAMED is not counted apart. A new route takes its requests from others, nobody knows how many: null.
 * Linear in the changes.
 */
export function withTraffic(diff: MeshDiff, shares: TrafficShares): MeshDiff {
  const changes = diff.changes.map((change) => ({ ...change, trafficShare: shareOf(change, shares) }));
  return { ...diff, changes, trafficShare: together(diff.changes, shares) };
}

/** Changes of which the routes are known that they touch. */
const BY_ROUTE: readonly Changed[] = ["route", "listener", "rateLimit"];

function shareOf({ kind, what, touches }: Change, { services, routes }: TrafficShares): number | null {
  if (touches.all) return 1;
  if (["discovery", "telemetry", "notifications", "selfHealing"].includes(what)) return 0;
  if (BY_ROUTE.includes(what)) {
    // A new limit holds for routes that have their requests already.
    if (kind === "added" && what !== "rateLimit") return null;
    if (routes !== undefined && touches.routeCount === touches.routes.length) return sum(touches.routes, routes);
    if (what !== "route") return touches.routeCount === 0 ? 0 : null;
  }
  return sum(touches.services, services);
}

/** Each service counts once, however many of its changes there are. */
function together(changes: readonly Change[], shares: TrafficShares): number | null {
  if (changes.some(({ touches }) => touches.all)) return 1;
  if (changes.some((change) => shareOf(change, shares) === null)) return null;
  const services = new Set<string>();
  const routes = new Set<string>();
  for (const { what, touches } of changes) {
    const isByRoute = shares.routes !== undefined && BY_ROUTE.includes(what);
    for (const name of isByRoute ? touches.routes : touches.services) (isByRoute ? routes : services).add(name);
  }
  return Math.min(1, sum([...services], shares.services) + sum([...routes], shares.routes ?? {}));
}

function sum(names: readonly string[], shares: Readonly<Record<string, number>>): number {
  return Math.min(
    1,
    names.reduce((total, name) => total + (Object.hasOwn(shares, name) ? shares[name]! : 0), 0),
  );
}
