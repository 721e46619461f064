/**
 * What isolates and the object of a limit say to each other. Counters of a session only grow, so that a call that is lost,
 * repeated or late changes nothing twice: of two values the larger one is the newer. README.md of durable-objects/rate-limiter
 * has the protocol.
 */

/** Keys in one call. */
export const MAX_ASKS = 256;
/** Longest key and name, UTF-16 units. */
export const MAX_KEY_LENGTH = 256;

export interface LeaseCall {
  /** Random name of the isolate. */
  readonly reporter: string;
  /** Grows with each call of the isolate to this object. */
  readonly seq: number;
  readonly limit: string;
  /** Of the mesh that the isolate runs: its compiledAtMs. */
  readonly meshAtMs: number;
  readonly asks: readonly LeaseAsk[];
}

/** All amounts are units, whole or not, 0 or more; those of a session are sums since it began. */
export interface LeaseAsk {
  readonly key: string;
  /** Tells this holding of the key from earlier ones of the same isolate; later ones are greater. */
  readonly session: number;
  /** As the isolate last heard it. */
  readonly granted: number;
  /** Beyond `granted` when requests passed ahead of a lease. */
  readonly used: number;
  readonly returned: number;
  /**
   * How long ago units were used at least, of those used since the ask before: ms before this was sent. The object counts them from
   * then on; the others, and those of asks that were lost, from when it hears of them. Absent: none.
   */
  readonly recent?: readonly (readonly [agoMs: number, units: number])[];
  /** What a request waits for, or was refused for: less is no use. 0: nothing. */
  readonly need: number;
  /** What it would like to hold. */
  readonly want: number;
}

export type LeaseReply =
  | {
      readonly ok: true;
      readonly seq: number;
      /** The limit in force: units in its window. */
      readonly limit: number;
      /** For how long what was lent may be used, from when the call was sent. */
      readonly leaseMs: number;
      /** The isolate calls this object no sooner than so long after this call. */
      readonly paceMs: number;
      readonly answers: readonly LeaseAnswer[];
    }
  | { readonly ok: false; readonly error: LeaseError; readonly detail: string };

export type LeaseError = "invalid_call" | "unknown_limit" | "overloaded";

export interface LeaseAnswer {
  readonly key: string;
  readonly session: number;
  /** Sum over the session: the isolate holds what is above its `used` and `returned`. */
  readonly granted: number;
  /** Units that are neither used nor lent; never below 0. */
  readonly left: number;
  /** Until the whole limit is there again, ms. */
  readonly resetMs: number;
  /** 0: all that was wanted was lent, and there is some left. Else until what is needed, or a unit more, could be lent, ms. */
  readonly retryMs: number;
}
