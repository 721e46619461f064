/**
 * A look at what a service's monitors have counted. A monitor's counts grow as long as its life lasts and begin anew with
 * the next one, so a look is compared with the one before of the same life; a life that is new has counted all it has since
 * it began. What a life counted after the last look at it and before its end is lost: ten seconds of one region, at most.
 *
 * Counts are spread evenly over the slots between two looks, whole numbers, so that sums are exact whenever a look was.
 */
import type { EndpointTotals, MonitorTotals } from "../monitor/traffic.ts";
import { SLOT_MS } from "./bucket.ts";
import { type Counts, countsSince, isNothing } from "./counts.ts";
import { type RouteCounts, routeCountsSince } from "./route-counts.ts";

/** Where one monitor's counts stood. */
export interface Standing {
  readonly life: string;
  /** The first slot that was not looked at. */
  readonly slot: number;
  readonly sum: Counts;
  readonly endpoints: ReadonlyMap<string, Counts>;
  /** These go on over the monitor's lives. */
  readonly routes: ReadonlyMap<string, RouteCounts>;
}

export interface Mark {
  /** The first slot that is not known of; null before the first look. */
  readonly slot: number | null;
  readonly regions: ReadonlyMap<string, Standing>;
}

export const NO_MARK: Mark = { slot: null, regions: new Map() };

/** What one region counted in the slots from `from` up to `to`. */
export interface Piece {
  readonly region: string;
  readonly from: number;
  readonly to: number;
  readonly sum: Counts;
  readonly endpoints: ReadonlyMap<string, Counts>;
  readonly routes: ReadonlyMap<string, RouteCounts>;
}

/** What a regional monitor has counted. */
export interface RegionTotals extends MonitorTotals {
  readonly routes: ReadonlyMap<string, RouteCounts>;
}

export interface Looked {
  readonly mark: Mark;
  readonly pieces: readonly Piece[];
  /** Slots that are known of now and were not before: from `from` up to `to`. */
  readonly from: number;
  readonly to: number;
}

/** Alarms may be a little early. */
const EARLY_MS = 500;

/** The slot that a time is in; all before it are over. */
export function slotAt(ms: number): number {
  return Math.floor((ms + EARLY_MS) / SLOT_MS);
}

/** Counts since the mark. Null while no slot has passed since: the next look has them. Linear in the totals. */
export function onLook(mark: Mark, totals: ReadonlyMap<string, RegionTotals>, nowMs: number): Looked | null {
  const to = slotAt(nowMs);
  if (mark.slot !== null && to <= mark.slot) return null;
  const regions = new Map(mark.regions);
  const pieces: Piece[] = [];
  for (const [region, total] of totals) {
    const standing = standingOf(total, to);
    const before = mark.regions.get(region);
    regions.set(region, standing);
    const piece = pieceSince(region, standing, before, slotAt(total.sinceMs));
    if (piece !== null) pieces.push(piece);
  }
  const from = mark.slot ?? Math.min(to - 1, ...pieces.map((piece) => piece.from));
  return { mark: { slot: to, regions }, pieces, from, to };
}

function pieceSince(region: string, now: Standing, before: Standing | undefined, bornSlot: number): Piece | null {
  const to = now.slot;
  const routes = routesSince(now, before);
  if (before?.life !== now.life) {
    const from = Math.min(to - 1, Math.max(before?.slot ?? 0, bornSlot));
    const { sum, endpoints } = now;
    return isNothing(sum) && routes.size === 0 ? null : { region, from, to, sum, endpoints, routes };
  }
  const sum = countsSince(now.sum, before.sum);
  if (isNothing(sum) && routes.size === 0) return null;
  const endpoints = new Map<string, Counts>();
  for (const [id, counts] of now.endpoints) {
    const known = before.endpoints.get(id);
    const more = known === undefined ? counts : countsSince(counts, known);
    if (!isNothing(more)) endpoints.set(id, more);
  }
  return { region, from: before.slot, to, sum, endpoints, routes };
}

/** Of a monitor that was never looked at: all, if it can be of this life; else nobody knows when it was. */
function routesSince(now: Standing, before: Standing | undefined): ReadonlyMap<string, RouteCounts> {
  const since = new Map<string, RouteCounts>();
  const requests = [...now.routes.values()].reduce((sum, counts) => sum + counts.requests, 0);
  if (before === undefined && requests > now.sum.requests) return since;
  for (const [route, counts] of now.routes) {
    const more = routeCountsSince(counts, before?.routes.get(route));
    if (more !== null) since.set(route, more);
  }
  return since;
}

function standingOf({ life, requests, refused, sum, endpoints, routes }: RegionTotals, slot: number): Standing {
  return {
    life,
    slot,
    sum: { ...countsOf(sum), requests, refused },
    endpoints: new Map(endpoints.map((one) => [one.id, countsOf(one)])),
    routes,
  };
}

function countsOf(totals: EndpointTotals): Counts {
  const good = totals.ok + totals.throttled;
  const failed = totals.connectFailures + totals.timeouts + totals.resets + totals.responses5xx;
  return { requests: good + failed, refused: 0, good, failed, latency: totals.latency };
}
