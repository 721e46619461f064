/**
 * What an isolate holds of one key: a lease, the knowledge that nothing is left, or nothing yet. Most requests are decided
 * here and nowhere else.
 *
 * One request may pass ahead of a lease, where nothing says that the limit is used up: so that a key that is new here, or
 * asked for seldom, makes nobody wait. It is told to the object with the next call and counts as used. Until then no second one
 * passes; so n isolates let n requests too many pass at most, and limits that are `exact` none.
 *
 * Mutable, and nothing on the way of a request allocates.
 */
import { type LeaseTerms, USE_STEPS } from "./terms.ts";
import type { LeaseAnswer, LeaseAsk } from "./wire.ts";

export interface Holding {
  readonly key: string;
  readonly session: number;
  granted: number;
  used: number;
  returned: number;
  /** What is held may be used until then. */
  expiresAtMs: number;
  /** Of the last answer: left at the object, and when the whole limit is there again. -1: there was no answer. */
  left: number;
  resetAtMs: number;
  toldAtMs: number;
  /** The last answer was that there is less than it wants: until `resetAtMs` nothing goes ahead. Refused here until `deniedUntilMs`, then asked again. */
  isDenied: boolean;
  deniedUntilMs: number;
  /** When there could be more. */
  retryAtMs: number;
  denials: number;
  /** Requests that wait for the object. */
  waiting: number;
  /** Units used up to the request that passed ahead; 0: none is waiting to be told. */
  aheadAt: number;
  /** `used` as last told to the object. */
  toldUsed: number;
  /** What a request lacked since the last answer; 0: nothing. */
  need: number;
  /** Units of requests that found too little since the last ask. */
  lacked: number;
  /** Units asked for by requests since `sinceMs`, and their decayed rate before. */
  demand: number;
  sinceMs: number;
  ratePerMs: number;
  /** What it last wanted to hold. */
  want: number;
  /** The last answer was that there is plenty: nobody waits to hear that what was lent is used up. */
  isPlenty: boolean;
  readonly usedUpMs: number;
  readonly useStepMs: number;
  /** Units used since the last ask, at `usesSinceMs`, in steps; null: it is not told, or there were none. */
  uses: Float64Array | null;
  usesSinceMs: number;
}

/** lease, ahead: it passes. denied: it does not. wait: not known here, the object has to be asked. */
export type Taken = "lease" | "ahead" | "denied" | "wait";

/** Below so much of what is wanted, more is asked for. */
const LOW_RATIO = 0.4;
/** More is wanted than the rate says, since requests come unevenly. */
const SPARE_RATIO = 1.25;
/** Of what is expected, where a short window is used up. */
const SCARCE_RATIO = 0.4;
/** A key of which less than so many units are expected until the next report holds none: its requests go ahead. */
const IDLE_UNITS = 1;
/** So much of the limit left is plenty. */
const PLENTY_RATIO = 0.25;
/** Longest time for which a refusal is remembered: more may be returned, or the limit raised. */
const MAX_DENIAL_MS = 30_000;

const NOT_TOLD: Pick<LeaseTerms, "usedUpMs" | "useStepMs"> = { usedUpMs: 0, useStepMs: 0 };

/** `terms`: of its limit. Default: when its units were used is not told. */
export function createHolding(key: string, session: number, nowMs: number, terms = NOT_TOLD): Holding {
  return {
    key,
    session,
    granted: 0,
    used: 0,
    returned: 0,
    expiresAtMs: 0,
    left: -1,
    resetAtMs: nowMs,
    toldAtMs: nowMs,
    isDenied: false,
    deniedUntilMs: 0,
    retryAtMs: 0,
    denials: 0,
    waiting: 0,
    aheadAt: 0,
    toldUsed: 0,
    need: 0,
    lacked: 0,
    demand: 0,
    sinceMs: nowMs,
    ratePerMs: 0,
    want: 0,
    isPlenty: false,
    usedUpMs: terms.usedUpMs,
    useStepMs: terms.useStepMs,
    uses: null,
    usesSinceMs: nowMs,
  };
}

/** Units that may be used here now. */
export function heldOf(holding: Holding, nowMs: number): number {
  return nowMs < holding.expiresAtMs ? Math.max(0, holding.granted - holding.used - holding.returned) : 0;
}

/**
 * Decides a request, and takes what it costs when it passes.
 *
 * - `cost`: units, above 0.
 * - `mayGoAhead`: false where the limit is exact.
 *
 * Never throws. Constant time.
 */
export function take(holding: Holding, cost: number, nowMs: number, mayGoAhead: boolean): Taken {
  holding.demand += cost;
  if (heldOf(holding, nowMs) >= cost) {
    use(holding, cost, nowMs);
    return "lease";
  }
  const isShort = isUsedUp(holding, nowMs);
  if (mayGoAhead && !isShort && holding.aheadAt === 0) {
    use(holding, cost, nowMs);
    holding.aheadAt = holding.used;
    return "ahead";
  }
  holding.lacked += cost;
  const taken = takeAgain(holding, cost, nowMs);
  // Where there was too little a moment ago, one request waits to see whether there is more, and the others are refused.
  return taken === "wait" && isShort && holding.waiting > 0 ? "denied" : taken;
}

/** Whether the object said last that there is too little, and that still holds. */
export function isUsedUp({ isDenied, resetAtMs }: Holding, nowMs: number): boolean {
  return isDenied && nowMs < resetAtMs;
}

/** Decides a request that waits: as `take`, without counting it again, and never ahead. */
export function takeAgain(holding: Holding, cost: number, nowMs: number): Taken {
  if (heldOf(holding, nowMs) >= cost) {
    use(holding, cost, nowMs);
    return "lease";
  }
  if (cost > holding.need) holding.need = cost;
  return nowMs < holding.deniedUntilMs ? "denied" : "wait";
}

/** Counts what was used without a lease. It eats up what is held, as it does at the object, which hears of it. */
export function useAhead(holding: Holding, cost: number, nowMs: number): void {
  use(holding, cost, nowMs);
}

function use(holding: Holding, cost: number, nowMs: number): void {
  holding.used += cost;
  const { useStepMs, usesSinceMs } = holding;
  if (useStepMs === 0) return;
  holding.uses ??= new Float64Array(USE_STEPS);
  const step = Math.floor((nowMs - usesSinceMs) / useStepMs);
  holding.uses[Math.min(USE_STEPS - 1, Math.max(0, step))]! += cost;
}

/** Whether more should be asked for before it runs out. */
export function isLow(holding: Holding, nowMs: number): boolean {
  return holding.left > 0 && heldOf(holding, nowMs) < holding.want * LOW_RATIO;
}

/** When the object should hear of it; Infinity: there is nothing to say. */
export function dueMs(holding: Holding, settleMs: number, nowMs: number): number {
  const { used, toldUsed, granted, returned, need, deniedUntilMs, toldAtMs } = holding;
  if (holding.aheadAt > 0) return nowMs;
  if (need > 0) return Math.max(nowMs, deniedUntilMs);
  if (isLow(holding, nowMs) && holding.demand > 0) return nowMs;
  if (granted > used + returned) return toldAtMs + settleMs;
  if (used <= toldUsed) return Number.POSITIVE_INFINITY;
  // All that was lent is used. Where there is plenty, the object may find that out by itself when the lease ends.
  if (holding.isPlenty && used + returned <= granted) return Number.POSITIVE_INFINITY;
  return toldAtMs + Math.max(settleMs, holding.usedUpMs);
}

/**
 * What to say of it now. What it does not expect to need any more is returned with it, and can be used no more.
 *
 * - `horizonMs`: until the next call but one; that long it should last.
 */
export function askOf(holding: Holding, horizonMs: number, nowMs: number): LeaseAsk {
  // Expired: the object counts it as used by itself.
  if (nowMs >= holding.expiresAtMs) holding.granted = Math.min(holding.granted, holding.used + holding.returned);
  const elapsedMs = nowMs - holding.sinceMs;
  if (elapsedMs > 0) {
    const weight = 1 - Math.exp((-2 * elapsedMs) / horizonMs);
    holding.ratePerMs += weight * (holding.demand / elapsedMs - holding.ratePerMs);
    holding.sinceMs = nowMs;
    holding.demand = 0;
  }
  // In a short window that is used up, what lies here unused is missing elsewhere for a good part of it.
  const spare = holding.isDenied && holding.useStepMs > 0 ? SCARCE_RATIO : SPARE_RATIO;
  const expected = holding.ratePerMs * horizonMs * spare;
  holding.want = Math.ceil(Math.max(expected < IDLE_UNITS ? 0 : expected, holding.lacked));
  holding.lacked = 0;
  const held = holding.granted - holding.used - holding.returned;
  const excess = Math.floor(held - Math.max(holding.want, holding.need));
  if (excess > 0) holding.returned += excess;
  const { key, session, granted, used, returned, need, want } = holding;
  const recent = recentOf(holding, nowMs);
  return { key, session, granted, used, returned, need, want, ...(recent !== undefined && { recent }) };
}

/** How long ago units were used at least; begins anew. What was used in the last step may have been used just now. */
function recentOf(holding: Holding, nowMs: number): readonly (readonly [number, number])[] | undefined {
  const { uses, usesSinceMs, useStepMs } = holding;
  holding.usesSinceMs = nowMs;
  if (uses === null) return undefined;
  const recent: [number, number][] = [];
  for (let step = 0; step < USE_STEPS - 1; step += 1) {
    const agoMs = Math.floor(nowMs - usesSinceMs - (step + 1) * useStepMs);
    if (agoMs > 0 && uses[step]! > 0) recent.push([agoMs, uses[step]!]);
  }
  uses.fill(0);
  return recent.length === 0 ? undefined : recent;
}

/**
 * Takes an answer in.
 *
 * - `ask`: what it answers.
 * - `sentAtMs`: when that was sent: the lease is counted from then, the object counts from later.
 */
export function onAnswer(
  holding: Holding,
  ask: LeaseAsk,
  answer: LeaseAnswer,
  times: {
    readonly sentAtMs: number;
    readonly leaseMs: number;
    readonly paceMs: number;
    readonly nowMs: number;
    /** The limit in force, units. */
    readonly limit: number;
  },
): void {
  const { sentAtMs, leaseMs, paceMs, nowMs } = times;
  holding.granted = answer.granted;
  holding.expiresAtMs = sentAtMs + leaseMs;
  holding.left = answer.left;
  holding.resetAtMs = nowMs + answer.resetMs;
  holding.toldAtMs = nowMs;
  holding.toldUsed = ask.used;
  if (holding.aheadAt <= ask.used) holding.aheadAt = 0;
  holding.isDenied = answer.retryMs > 0;
  holding.isPlenty = !holding.isDenied && answer.left >= times.limit * PLENTY_RATIO;
  const gotNothing = answer.granted - ask.used - ask.returned < Math.max(1, ask.need);
  holding.denials = holding.isDenied && gotNothing ? holding.denials + 1 : 0;
  const patienceMs = Math.min(MAX_DENIAL_MS, Math.max(paceMs, 100 * 2 ** Math.min(holding.denials, 10)));
  holding.deniedUntilMs = holding.isDenied ? nowMs + Math.min(answer.retryMs, patienceMs) : 0;
  holding.retryAtMs = nowMs + answer.retryMs;
  holding.need = 0;
}
