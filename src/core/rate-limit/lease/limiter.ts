/**
 * Everything the object of a limit knows in memory: its keys, and who calls. Bounded: the key that was asked for longest ago
 * leaves for a new one, the more gladly as hot keys are asked for all the time. What it had used is stored, or else remembered
 * in a crowd.
 */

import { type Crowd, createCrowd, recall, remember } from "./crowd.ts";
import { createLedger, type Ledger, leftOf, lend } from "./ledger.ts";
import type { LeasableCounting } from "./meter.ts";
import { charge, createMeter } from "./meter.ts";
import { redefine } from "./redefine.ts";
import { type LeaseTerms, termsOf } from "./terms.ts";
import type { LeaseAsk, LeaseCall, LeaseReply } from "./wire.ts";

/** Keys in memory. Ten megabytes of sliding windows. */
export const MAX_KEYS = 20_000;
/** Callers remembered, to know how many there are. */
const MAX_CALLERS = 20_000;
/** Calls a second that the object asks its isolates to stay within; the platform's soft limit is 1,000. */
export const CALLS_PER_SECOND = 250;
/** Beyond so many in a second it answers without looking. */
const MAX_CALLS_PER_SECOND = 800;
/** Between two calls of one isolate, at least. */
export const MIN_PACE_MS = 100;
/** A caller counts as one for so long after its last call, beyond its pace. */
const CALLER_MS = 2_000;

export interface Limiter {
  counting: LeasableCounting;
  terms: LeaseTerms;
  readonly keys: Map<string, Ledger>;
  readonly callers: Map<string, { atMs: number; seq: number }>;
  /** What isolates are told to keep between two calls. */
  paceMs: number;
  /** Number of the second that is counted in. */
  second: number;
  callsInSecond: number;
  readonly counts: { calls: number; refused: number; crowdedOut: number };
  /** Keys that left without a row. */
  readonly crowd: Crowd;
  /** Keys whose rows are older than what they had used when they left. */
  readonly behind: Crowd;
}

/** Where ledgers come from that are not in memory, and go when they leave it. */
export interface LedgerStore {
  load(key: string, nowMs: number): Ledger | null;
  /** Whether `load` gives it back as it is. */
  onCrowdedOut(key: string, ledger: Ledger): boolean;
}

/** `seed`: any 32 bits that callers do not know. */
export function createLimiter(counting: LeasableCounting, seed: number): Limiter {
  const terms = termsOf(counting);
  return {
    counting,
    terms,
    keys: new Map(),
    callers: new Map(),
    paceMs: MIN_PACE_MS,
    second: 0,
    callsInSecond: 0,
    counts: { calls: 0, refused: 0, crowdedOut: 0 },
    crowd: createCrowd(terms.turnMs, seed),
    behind: createCrowd(terms.turnMs, seed),
  };
}

/** Puts another definition of the limit in force; what was used stays used. Linear in the keys. */
export function redefineLimiter(limiter: Limiter, counting: LeasableCounting, nowMs: number): void {
  limiter.counting = counting;
  limiter.terms = termsOf(counting);
  limiter.crowd.turnMs = limiter.terms.turnMs;
  limiter.behind.turnMs = limiter.terms.turnMs;
  for (const [key, ledger] of limiter.keys) limiter.keys.set(key, redefine(ledger, counting, nowMs));
}

/** Answers a checked call. A call older than one that was answered lends nothing. Never throws. Linear in its asks. */
export function onCall(limiter: Limiter, call: LeaseCall, nowMs: number, store: LedgerStore): LeaseReply {
  limiter.counts.calls++;
  onSecond(limiter, nowMs);
  if (++limiter.callsInSecond > MAX_CALLS_PER_SECOND) {
    limiter.counts.refused++;
    return { ok: false, error: "overloaded", detail: `more than ${MAX_CALLS_PER_SECOND} calls in a second` };
  }
  const isOld = isOldCall(limiter, call, nowMs);
  // A lease has to outlive the pace, or whoever keeps it would be without one.
  const leaseMs = Math.max(limiter.terms.leaseMs, 3 * limiter.paceMs);
  const answers = call.asks.map((ask) => {
    const ledger = ledgerOf(limiter, ask.key, nowMs, store);
    return lend(ledger, call.reporter, isOld ? idle(ask) : ask, leaseMs, nowMs);
  });
  return { ok: true, seq: call.seq, limit: limiter.counting.limit, leaseMs, paceMs: limiter.paceMs, answers };
}

function idle(ask: LeaseAsk): LeaseAsk {
  return { ...ask, need: 0, want: 0 };
}

function ledgerOf(limiter: Limiter, key: string, nowMs: number, store: LedgerStore): Ledger {
  const { keys } = limiter;
  let ledger = keys.get(key);
  // The order of the map is that of the last asks.
  if (ledger !== undefined) keys.delete(key);
  else ledger = takeIn(limiter, key, nowMs, store);
  keys.set(key, ledger);
  if (keys.size > MAX_KEYS) {
    const [oldest, leaving] = keys.entries().next().value!;
    keys.delete(oldest);
    limiter.counts.crowdedOut++;
    // Of one that used nothing since it was taken in the crowd knows already.
    if (!store.onCrowdedOut(oldest, leaving) && leaving.isDirty) {
      remember(crowdOf(limiter, leaving), oldest, usedOf(leaving, nowMs), nowMs);
    }
  }
  return ledger;
}

function takeIn(limiter: Limiter, key: string, nowMs: number, store: LedgerStore): Ledger {
  const ledger = store.load(key, nowMs) ?? createLedger(createMeter(limiter.counting, nowMs));
  const missing = recall(crowdOf(limiter, ledger), key, nowMs) - usedOf(ledger, nowMs);
  if (missing > 0) charge(ledger.meter, missing, nowMs);
  return ledger;
}

/** Keys with rows meet only each other: newcomers, however many, change nothing of what they count as. */
function crowdOf({ crowd, behind }: Limiter, { isStored }: Ledger): Crowd {
  return isStored ? behind : crowd;
}

/** What is lent counts as used. */
function usedOf(ledger: Ledger, nowMs: number): number {
  return ledger.meter.limit - leftOf(ledger, nowMs);
}

/** Whether the call is older than one that was answered. */
function isOldCall({ callers }: Limiter, { reporter, seq }: LeaseCall, nowMs: number): boolean {
  const known = callers.get(reporter);
  if (known === undefined) {
    if (callers.size < MAX_CALLERS) callers.set(reporter, { atMs: nowMs, seq });
    return false;
  }
  if (seq < known.seq) return true;
  known.seq = seq;
  known.atMs = nowMs;
  return false;
}

/** Once a second: who still calls, and by how much they have to slow down, or may hurry, for the calls of the last second. */
function onSecond(limiter: Limiter, nowMs: number): void {
  const second = Math.floor(nowMs / 1_000);
  if (second <= limiter.second) return;
  const { callers, paceMs } = limiter;
  const load = limiter.callsInSecond / (second - limiter.second) / CALLS_PER_SECOND;
  limiter.second = second;
  limiter.callsInSecond = 0;
  const goneMs = nowMs - CALLER_MS - 2 * paceMs;
  for (const [name, { atMs }] of callers) if (atMs < goneMs) callers.delete(name);
  // At this pace n callers make no more calls than they may, however much they have to say.
  const slowestMs = Math.max(MIN_PACE_MS, (callers.size * 1_000) / CALLS_PER_SECOND);
  const nextMs = paceMs * Math.min(2, Math.max(0.5, load));
  limiter.paceMs = Math.ceil(Math.min(slowestMs, Math.max(MIN_PACE_MS, nextMs)));
}
