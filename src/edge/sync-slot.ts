/** Where an isolate stands in its exchange with one service's object. Plain values; see sync.ts for the exchange. */
import type { Report } from "../core/protocol.ts";

export interface SyncSlot {
  /** Number of the last report made. */
  seq: number;
  /** Epoch at which the call under way began, 0 when there is none. */
  callingSinceMs: number;
  /** Epoch until which somebody is waiting to flush, 0 when nobody is. */
  deferredUntilMs: number;
  /** A report that may not have arrived; sent again under its own number, which makes it count once. */
  unsent: Report | null;
  unsentSinceMs: number;
  /** Multiplies the interval: doubled while the object says that it is overloaded, 1 otherwise. */
  slowdown: number;
  calls: number;
  failures: number;
  lastError: string;
}

export function createSyncSlot(): SyncSlot {
  return {
    seq: 0,
    callingSinceMs: 0,
    deferredUntilMs: 0,
    unsent: null,
    unsentSinceMs: 0,
    slowdown: 1,
    calls: 0,
    failures: 0,
    lastError: "",
  };
}
