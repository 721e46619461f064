/**
 * What an isolate counted, on its way to the monitor: a block in its report, with a number of its own. A report may be given up
 * when it is too old to be evidence of health; what it counted is not, and goes along with the next one, under its own number.
 */
import type { RequestCells, TrafficColumns } from "../protocol.ts";
import { COUNTERS, clearTally, type Tally, unpackKey } from "./tally.ts";

/** Where an isolate stands in telling a service's monitor of its traffic. Mutable. */
export interface TrafficSlot {
  seq: number;
  /** Told, and perhaps not heard. */
  unsent: TrafficColumns | null;
}

export function createTrafficSlot(): TrafficSlot {
  return { seq: 0, unsent: null };
}

/**
 * The block to send: the one that may not have arrived, else what was counted since; null when that is nothing.
 *
 * - `unrouted`: requests that met no service, taken along by whoever reports first.
 * - `snapshotAgeMs`: of the snapshot that requests were decided by; -1 while there was none.
 *
 * Linear in what was counted. Never throws.
 */
export function trafficToSend(
  slot: TrafficSlot,
  tally: Tally,
  unrouted: Tally,
  snapshotAgeMs: number,
): TrafficColumns | null {
  if (slot.unsent !== null) return slot.unsent;
  if (tally.isEmpty && unrouted.isEmpty) return null;
  slot.seq += 1;
  slot.unsent = {
    seq: slot.seq,
    ...cellsOf(tally),
    durations: [...tally.durations],
    upstream: [...tally.upstream],
    counters: COUNTERS.map((name) => tally.counters[name] + unrouted.counters[name]),
    ...(snapshotAgeMs >= 0 && { snapshotAgeMs }),
    ...(!unrouted.isEmpty && { unrouted: cellsOf(unrouted) }),
  };
  clearTally(tally);
  clearTally(unrouted);
  return slot.unsent;
}

/** The monitor answered: the block is not sent again. */
export function onTrafficDelivered(slot: TrafficSlot): void {
  slot.unsent = null;
}

function cellsOf({ keys, counts, routes, endpoints }: Tally): RequestCells {
  const cells = keys.map(unpackKey);
  return {
    routes: [...routes.words],
    endpoints: [...endpoints.words],
    route: cells.map(({ route }) => route),
    endpoint: cells.map(({ endpoint }) => endpoint),
    method: cells.map(({ method }) => method),
    code: cells.map(({ code }) => code),
    flag: cells.map(({ flag }) => flag),
    count: [...counts],
  };
}
