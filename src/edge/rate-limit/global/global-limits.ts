/**
 * Limits of scope global: how requests are decided by what this isolate holds of them. Who calls the object is in wake.ts,
 * the protocol in durable-objects/rate-limiter/README.md.
 */
import type { RateLimit } from "../../../core/mesh-rate-limits.ts";
import {
  type Holding,
  heldOf,
  isLow,
  isUsedUp,
  type Taken,
  take,
  takeAgain,
  useAhead,
} from "../../../core/rate-limit/lease/holding.ts";
import {
  createHoldings,
  type Held,
  type Holdings,
  holdingOf,
  recount,
} from "../../../core/rate-limit/lease/holdings.ts";
import { activate, mayHearWithin } from "../../../core/rate-limit/lease/link.ts";
import { isLeasable, type LeasableCounting, largestOf } from "../../../core/rate-limit/lease/meter.ts";
import type { Verdict } from "../../../core/rate-limit/verdict.ts";
import type { Rng } from "../../../core/rng.ts";
import type { Environment } from "../../environment.ts";
import { createUnaided, takeUnaided, type Unaided } from "./unaided.ts";
import { isTended, tend } from "./wake.ts";

/** A request that can be decided neither here nor ahead waits so long for the object, at most. */
export const MAX_WAIT_MS = 500;
/** Between two looks of a request that waits, at most; they begin with 2 ms and double. */
const LOOK_MS = 16;

export interface GlobalRequest {
  readonly limit: RateLimit;
  /** What is counted apart, ≤ 256 UTF-16 units; "": everything together. */
  readonly key: string;
  /** Units, above 0. */
  readonly cost: number;
  readonly nowMs: number;
  readonly ctx: ExecutionContext;
}

export interface GlobalLimits {
  readonly env: Pick<Environment, "RATE_LIMITER">;
  /** Random, names this isolate to the objects. */
  readonly reporter: string;
  readonly rng: Rng;
  /** compiledAtMs of the mesh in force. */
  meshAtMs: number;
  /** By name of the limit. */
  readonly holdings: Map<string, Holdings>;
  readonly unaided: Unaided;
  /** Number of the last session. */
  sessions: number;
  second: number;
  callsInSecond: number;
  readonly counts: GlobalCounts;
}

/** Since the isolate started. */
export interface GlobalCounts {
  calls: number;
  failures: number;
  /** Requests that passed before the object knew of them. */
  ahead: number;
  /** Requests that waited for the object. */
  waited: number;
  /** Requests decided without it, since it did not answer. */
  degraded: number;
}

/** Nothing is held, nobody was asked. */
export function createGlobalLimits(
  env: Pick<Environment, "RATE_LIMITER">,
  { reporter, rng, meshAtMs }: { readonly reporter: string; readonly rng: Rng; readonly meshAtMs: number },
): GlobalLimits {
  const counts = { calls: 0, failures: 0, ahead: 0, waited: 0, degraded: 0 };
  const unaided = createUnaided();
  const common = { env, reporter, rng, meshAtMs, unaided, counts };
  return { ...common, holdings: new Map(), sessions: 0, second: 0, callsInSecond: 0 };
}

/**
 * Takes units of a limit that all isolates share. At once where the isolate holds a lease, knows that nothing is left, or may
 * let one request go ahead; a promise only where none of that holds, for MAX_WAIT_MS at most. Never throws, never rejects.
 * Constant time, and linear in the key where nothing was known of it.
 */
export function takeGlobal(limits: GlobalLimits, request: GlobalRequest): Verdict | Promise<Verdict> {
  const { limit, key, cost, nowMs } = request;
  const { counting, scope } = limit;
  if (!isLeasable(counting) || limits.env.RATE_LIMITER === undefined) return unaided(limits, request, null);
  const holdings = holdingsFor(limits, limit.name, counting);
  const held = holdingOf(holdings, key, ++limits.sessions, nowMs);
  const { holding, link } = held;
  if (cost > largestOf(counting)) return verdictOf("denied", holding, counting, nowMs);
  const isExact = scope.type === "global" && scope.exact === true;
  const isFailing = link.failures > 0;
  const taken = take(holding, cost, nowMs, !isExact && !isFailing);
  if (taken === "ahead") limits.counts.ahead++;
  if (taken !== "lease" || !isTended(link, nowMs) || isLow(holding, nowMs)) {
    activate(link, holding);
    tend(limits, holdings, held, request);
  }
  if (taken !== "wait") return verdictOf(taken, holding, counting, nowMs);
  if (!isFailing && !mayHearWithin(link, MAX_WAIT_MS, nowMs)) return verdictOf("denied", holding, counting, nowMs);
  return isFailing ? unaided(limits, request, holding) : waitFor(limits, holdings, held, request);
}

async function waitFor(limits: GlobalLimits, holdings: Holdings, held: Held, request: GlobalRequest): Promise<Verdict> {
  const { holding, link } = held;
  const { ctx } = request;
  limits.counts.waited++;
  holding.waiting++;
  const taken = await untilKnown(held, request, (nowMs) => tend(limits, holdings, held, { nowMs, ctx }));
  holding.waiting--;
  const nowMs = Math.max(Date.now(), request.nowMs);
  // An object that is so busy that it was not asked, or said a moment ago that nothing is left, has not failed.
  const isBusy = link.failures === 0 && (link.inFlight === null || isUsedUp(holding, nowMs));
  const isKnown = taken !== "wait" || isBusy;
  if (!isKnown) return unaided(limits, { ...request, nowMs }, holding);
  return verdictOf(taken === "lease" ? "lease" : "denied", holding, holdings.counting, nowMs);
}

/** Looks on a timer of the request's own: what the object answers belongs to the request that asked. `wait`: time is over. */
async function untilKnown(
  { holding, link }: Held,
  { cost, nowMs: sinceMs }: GlobalRequest,
  see: (nowMs: number) => void,
): Promise<Taken> {
  let { toldAtMs } = holding;
  for (let waitMs = 2, waitedMs = 0; waitedMs < MAX_WAIT_MS; waitMs = Math.min(LOOK_MS, 2 * waitMs)) {
    await scheduler.wait(waitMs);
    waitedMs += waitMs;
    const nowMs = Math.max(Date.now(), sinceMs);
    const taken = takeAgain(holding, cost, nowMs);
    if (taken !== "wait" || link.failures > 0) return taken;
    if (holding.toldAtMs !== toldAtMs) holding.lacked += cost;
    toldAtMs = holding.toldAtMs;
    activate(link, holding);
    see(nowMs);
  }
  return "wait";
}

/** What passes without the object is told to it when it is back. */
function unaided(limits: GlobalLimits, request: GlobalRequest, holding: Holding | null): Verdict {
  limits.counts.degraded++;
  const verdict = takeUnaided(limits.unaided, request);
  if (holding !== null && verdict.allowed) useAhead(holding, request.cost, request.nowMs);
  return verdict;
}

function holdingsFor(limits: GlobalLimits, name: string, counting: LeasableCounting): Holdings {
  const known = limits.holdings.get(name);
  if (known?.counting === counting) return known;
  const holdings = known === undefined ? createHoldings(name, counting) : recount(known, counting);
  limits.holdings.set(name, holdings);
  return holdings;
}

function verdictOf(taken: Taken, holding: Holding, counting: LeasableCounting, nowMs: number): Verdict {
  const allowed = taken !== "denied";
  const known = holding.left < 0 ? largestOf(counting) - holding.used : holding.left + heldOf(holding, nowMs);
  return {
    allowed,
    limit: counting.limit,
    remaining: Math.max(0, Math.floor(known)),
    resetMs: Math.max(0, holding.resetAtMs - nowMs),
    retryAfterMs: allowed ? 0 : Math.max(1, holding.retryAtMs - nowMs),
    isDegraded: false,
  };
}
