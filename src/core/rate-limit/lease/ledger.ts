/**
 * One key at the object: what has been used of it, and who holds what. Everything that is lent counts as out from the moment
 * it is lent until its holder says that it was used or returns it, and as used when the holder falls silent. So
 *
 *     limit = settled use that still counts + outstanding + left,   left ≥ 0 wherever something is lent,
 *
 * and whatever isolates do with their leases, no more than the limit is used in any window.
 *
 * A use is settled when it is reported. In short windows it is told how long ago it was, in longer ones it counts from then on: it
 * stays in the window longer than it must, never shorter.
 */
import { capacityOf, charge, fullMsOf, type Meter, waitMsFor } from "./meter.ts";
import type { LeaseAnswer, LeaseAsk } from "./wire.ts";

/** Isolates remembered with one key; beyond that a new one waits until another falls silent. */
export const MAX_SESSIONS = 10_000;
/** Between two looks for silent holders; what is found later only counts as out for longer. */
const LOOK_MS = 250;

export interface Ledger {
  readonly meter: Meter;
  /** Units lent and neither used nor returned, as far as is known. The sum over the sessions. */
  outstanding: number;
  /** By reporter. */
  readonly sessions: Map<string, Session>;
  /** Nobody is taken for silent before. */
  nextExpiryMs: number;
  /** Units lent or used since it was written. */
  unsaved: number;
  /** Whether anything at all has changed since. */
  isDirty: boolean;
  /** Whether there is a row of it, older or not. */
  isStored: boolean;
}

interface Session {
  readonly id: number;
  /** granted ≥ used + returned. */
  granted: number;
  used: number;
  returned: number;
  /** When it was last heard of. */
  heardAtMs: number;
  expiresAtMs: number;
}

export function createLedger(meter: Meter): Ledger {
  return {
    meter,
    outstanding: 0,
    sessions: new Map(),
    nextExpiryMs: Number.POSITIVE_INFINITY,
    unsaved: 0,
    isDirty: false,
    isStored: false,
  };
}

/** What may be lent now; negative when overdrawn. */
export function leftOf(ledger: Ledger, nowMs: number): number {
  return capacityOf(ledger.meter, nowMs) - ledger.outstanding;
}

/**
 * Takes in what an isolate says of a key and lends what it asks for: all of it while that is no more than half of what is
 * left, else half, so that leases get smaller towards the end; or what one request needs, if it is there.
 *
 * - `ask`: checked. Said twice it changes nothing the second time; an older one than what is known changes nothing.
 * - `leaseMs`: how long what is lent may be used.
 *
 * Never throws. Constant time, and linear in the sessions when some fell silent.
 */
export function lend(ledger: Ledger, reporter: string, ask: LeaseAsk, leaseMs: number, nowMs: number): LeaseAnswer {
  expire(ledger, nowMs);
  const session = sessionFor(ledger, reporter, ask, nowMs);
  if (session === null) return answerOf(ledger, ask, 0, nowMs);
  settle(ledger, session, ask, nowMs);
  const held = session.granted - session.used - session.returned;
  const left = leftOf(ledger, nowMs);
  const missing = Math.max(ask.want, ask.need) - held;
  if (missing > 0 && left > 0) {
    const lacking = ask.need - held;
    const share = lacking <= left ? Math.max(lacking, left / 2) : left / 2;
    const lent = Math.floor(Math.min(missing, share));
    if (lent > 0) {
      session.granted += lent;
      ledger.outstanding += lent;
      ledger.unsaved += lent;
      ledger.isDirty = true;
    }
  }
  session.expiresAtMs = nowMs + leaseMs;
  // A lease that is used longer: what is stored has to know.
  if (session.granted > session.used + session.returned) ledger.isDirty = true;
  ledger.nextExpiryMs = Math.min(ledger.nextExpiryMs, session.expiresAtMs);
  return answerOf(ledger, ask, session.granted, nowMs);
}

/** What silent isolates hold counts as used, when their leases ended. */
export function expire(ledger: Ledger, nowMs: number): void {
  if (nowMs < ledger.nextExpiryMs) return;
  let nextMs = Number.POSITIVE_INFINITY;
  for (const [reporter, session] of ledger.sessions) {
    if (nowMs < session.expiresAtMs) {
      nextMs = Math.min(nextMs, session.expiresAtMs);
      continue;
    }
    forfeit(ledger, session, session.expiresAtMs, nowMs);
    ledger.sessions.delete(reporter);
  }
  ledger.nextExpiryMs = Math.max(nextMs, nowMs + LOOK_MS);
}

function sessionFor(ledger: Ledger, reporter: string, ask: LeaseAsk, nowMs: number): Session | null {
  const known = ledger.sessions.get(reporter);
  if (known !== undefined && known.id === ask.session) return known;
  if (known !== undefined && known.id > ask.session) return null;
  if (known === undefined && ledger.sessions.size >= MAX_SESSIONS) return null;
  if (known !== undefined) forfeit(ledger, known, nowMs, nowMs);
  // What was lent in a session that is not known any more counts as used since it was forgotten; what came on top does not.
  const gone = ask.used + ask.returned;
  use(ledger, Math.max(0, gone - ask.granted), nowMs);
  const session = {
    id: ask.session,
    granted: gone,
    used: ask.used,
    returned: ask.returned,
    heardAtMs: nowMs,
    expiresAtMs: 0,
  };
  ledger.sessions.set(reporter, session);
  return session;
}

/** Takes in what was used and returned since; of what was returned no more than is held. */
function settle(ledger: Ledger, session: Session, ask: LeaseAsk, nowMs: number): void {
  const used = Math.max(0, ask.used - session.used);
  let held = session.granted - session.used - session.returned;
  if (used > 0) {
    const ahead = Math.max(0, used - held);
    session.granted += ahead;
    session.used = ask.used;
    ledger.outstanding -= used - ahead;
    held -= used - ahead;
    chargeSince(ledger.meter, used, ask, session.heardAtMs, nowMs);
    ledger.unsaved += ahead;
    ledger.isDirty = true;
  }
  const returned = Math.min(held, Math.max(0, ask.returned - session.returned));
  if (returned > 0) {
    session.returned += returned;
    ledger.outstanding -= returned;
    ledger.isDirty = true;
  }
  session.heardAtMs = nowMs;
}

/**
 * Settles use from when it happened, as far as that is told. A message takes time, so what was used so long before it was sent was
 * used no later than so long before it came; and not before the holder was last heard of, whatever it says.
 */
function chargeSince(meter: Meter, used: number, { recent = [] }: LeaseAsk, heardAtMs: number, nowMs: number): void {
  let rest = used;
  for (const [agoMs, told] of recent) {
    const units = Math.min(told, rest);
    if (units > 0) charge(meter, units, Math.max(heardAtMs, nowMs - agoMs), nowMs);
    rest -= units;
  }
  if (rest > 0) charge(meter, rest, nowMs);
}

function forfeit(ledger: Ledger, session: Session, atMs: number, nowMs: number): void {
  const held = session.granted - session.used - session.returned;
  if (held <= 0) return;
  ledger.outstanding -= held;
  charge(ledger.meter, held, atMs, nowMs);
  ledger.isDirty = true;
}

function use(ledger: Ledger, units: number, nowMs: number): void {
  if (units <= 0) return;
  charge(ledger.meter, units, nowMs);
  ledger.unsaved += units;
  ledger.isDirty = true;
}

function answerOf(ledger: Ledger, ask: LeaseAsk, granted: number, nowMs: number): LeaseAnswer {
  const { meter, outstanding } = ledger;
  const left = Math.max(0, Math.floor(leftOf(ledger, nowMs)));
  const held = granted - ask.used - ask.returned;
  // Where nothing is left, that is said to whoever wants nothing too: its next request shall not go ahead.
  const isShort = held < Math.max(ask.need, ask.want) || (held < 1 && left < 1);
  const more = Math.max(1, ask.need - held);
  return {
    key: ask.key,
    session: ask.session,
    granted,
    left,
    resetMs: fullMsOf(meter, outstanding, nowMs),
    // 1 ms at least: 0 says that there is enough.
    retryMs: isShort ? Math.max(1, waitMsFor(meter, more, outstanding, nowMs)) : 0,
  };
}
