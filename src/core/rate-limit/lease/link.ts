/**
 * What one isolate has to do with one object: which keys it has something to say of, when it may call, and what became of
 * the last call. One call at a time, never sooner than the object's pace; a failed one is not repeated: the next one says
 * the same and more, since what is told are sums.
 */
import type { Rng } from "../../rng.ts";
import { askOf, dueMs, type Holding, onAnswer } from "./holding.ts";
import { MIN_PACE_MS } from "./limiter.ts";
import type { LeaseTerms } from "./terms.ts";
import { type LeaseAsk, type LeaseCall, type LeaseReply, MAX_ASKS } from "./wire.ts";

/** Keys with something to say; the one that has waited longest gives way, and the object counts what it held as used. */
export const MAX_ACTIVE = 4_096;
/** A call that has not come back by then is given up. */
export const CALL_TIMEOUT_MS = 3_000;
/** After a failure, doubled with each further one. Jittered by half, so that isolates do not come back together. */
const BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;

export interface Link {
  readonly object: string;
  /** By key. */
  readonly active: Map<string, Holding>;
  seq: number;
  inFlight: Flight | null;
  /** No call before. */
  nextCallMs: number;
  paceMs: number;
  /** When somebody wakes up to call; 0: nobody does. */
  wakeAtMs: number;
  /** In a row; 0: the object answers. */
  failures: number;
  lastError: string;
  calls: number;
}

export interface Flight {
  readonly seq: number;
  readonly sentAtMs: number;
  readonly asks: readonly LeaseAsk[];
}

export function createLink(object: string): Link {
  return {
    object,
    active: new Map(),
    seq: 0,
    inFlight: null,
    nextCallMs: 0,
    paceMs: MIN_PACE_MS,
    wakeAtMs: 0,
    failures: 0,
    lastError: "",
    calls: 0,
  };
}

/** From now on the object hears of the holding when it is due. */
export function activate(link: Link, holding: Holding): void {
  const { active } = link;
  if (active.has(holding.key)) return;
  if (active.size >= MAX_ACTIVE) active.delete(active.keys().next().value!);
  active.set(holding.key, holding);
}

/** When to call next; Infinity: nothing to say. A call that does not come back holds the next one up until it is given up. */
export function nextDueMs(link: Link, terms: LeaseTerms, nowMs: number): number {
  let due = Number.POSITIVE_INFINITY;
  for (const holding of link.active.values()) {
    due = Math.min(due, dueMs(holding, terms.settleMs, nowMs));
    if (due <= nowMs) break;
  }
  return Math.max(due, mayCallAtMs(link));
}

/** When the link may be used again. */
export function mayCallAtMs({ nextCallMs, inFlight }: Link): number {
  return inFlight === null ? nextCallMs : Math.max(nextCallMs, inFlight.sentAtMs + CALL_TIMEOUT_MS);
}

/** Whether waiting can help: the pace allows a call in that time, or one is on its way. */
export function mayHearWithin(link: Link, waitMs: number, nowMs: number): boolean {
  return (
    link.nextCallMs <= nowMs + waitMs || (link.inFlight !== null && nowMs < link.inFlight.sentAtMs + CALL_TIMEOUT_MS)
  );
}

/** What to tell the object now: what is due first, then others that have news, 256 keys at most. Linear in the active keys. */
export function beginCall(
  link: Link,
  sender: { readonly reporter: string; readonly limit: string; readonly meshAtMs: number; readonly terms: LeaseTerms },
  nowMs: number,
): LeaseCall {
  const { reporter, limit, meshAtMs, terms } = sender;
  const horizonMs = terms.settleMs + link.paceMs;
  const asks: LeaseAsk[] = [];
  const others: Holding[] = [];
  for (const holding of link.active.values()) {
    const due = dueMs(holding, terms.settleMs, nowMs);
    if (due <= nowMs && asks.length < MAX_ASKS) asks.push(askOf(holding, horizonMs, nowMs));
    else if (due < Number.POSITIVE_INFINITY && others.length < MAX_ASKS) others.push(holding);
    else if (due === Number.POSITIVE_INFINITY) link.active.delete(holding.key);
  }
  for (const holding of others) {
    if (asks.length >= MAX_ASKS) break;
    // A refusal that is remembered is not asked about again before its time.
    if (nowMs >= holding.deniedUntilMs) asks.push(askOf(holding, horizonMs, nowMs));
  }
  link.seq++;
  link.calls++;
  link.inFlight = { seq: link.seq, sentAtMs: nowMs, asks };
  link.nextCallMs = nowMs + link.paceMs;
  return { reporter, seq: link.seq, limit, meshAtMs, asks };
}

/** Takes the reply to a call in; one to a call that was given up changes nothing. Linear in its answers. Never throws. */
export function onReply(link: Link, reply: LeaseReply, nowMs: number, rng: Rng): void {
  const flight = link.inFlight;
  if (!reply.ok) {
    if (flight !== null) onCallFailed(link, flight.seq, `${reply.error}: ${reply.detail}`, nowMs, rng);
    return;
  }
  if (flight === null || flight.seq !== reply.seq) return;
  link.inFlight = null;
  link.failures = 0;
  link.paceMs = reply.paceMs;
  link.nextCallMs = flight.sentAtMs + reply.paceMs;
  const times = { sentAtMs: flight.sentAtMs, leaseMs: reply.leaseMs, paceMs: reply.paceMs, nowMs, limit: reply.limit };
  for (let i = 0; i < flight.asks.length; i++) {
    const ask = flight.asks[i]!;
    const answer = reply.answers[i];
    const holding = link.active.get(ask.key);
    if (answer === undefined || holding === undefined) continue;
    if (answer.key === ask.key && holding.session === ask.session) onAnswer(holding, ask, answer, times);
  }
}

/** The call did not succeed. What was to be said is said again with the next one. */
export function onCallFailed(link: Link, seq: number, why: string, nowMs: number, rng: Rng): void {
  if (link.inFlight?.seq !== seq) return;
  link.inFlight = null;
  link.failures++;
  link.lastError = why;
  const backoffMs = Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** Math.min(link.failures - 1, 10));
  link.nextCallMs = nowMs + Math.max(link.paceMs, backoffMs * (0.5 + rng()));
}
