/**
 * Who calls the object of a limit, and when. Calls run in `waitUntil` of whichever request found one due, with a stub made
 * anew; after a call its owner sleeps until the next is due, for twenty seconds, so that what is held is reported and returned
 * though no request comes. A slot whose owner is gone is taken over by the next request.
 */
import type { Holding } from "../../../core/rate-limit/lease/holding.ts";
import { dueMs } from "../../../core/rate-limit/lease/holding.ts";
import type { Holdings } from "../../../core/rate-limit/lease/holdings.ts";
import {
  beginCall,
  CALL_TIMEOUT_MS,
  type Link,
  mayCallAtMs,
  nextDueMs,
  onCallFailed,
  onReply,
} from "../../../core/rate-limit/lease/link.ts";
import type { GlobalLimits } from "./global-limits.ts";

/** The platform ends what is left of a request thirty seconds after its answer. */
const TEND_MS = 20_000;
/** Whoever has not woken up so long after its time is gone. */
const OVERSLEPT_MS = 1_000;
/** Calls of this isolate in a second, to all objects of all limits. */
const MAX_CALLS_PER_SECOND = 50;

/** For what a call is made, and by whom. */
export interface Errand {
  readonly limits: GlobalLimits;
  readonly holdings: Holdings;
  readonly link: Link;
  readonly ctx: ExecutionContext;
  /** Its owner sees to nothing that is due later. */
  readonly untilMs: number;
}

/** Whether somebody will see to the link. */
export function isTended({ wakeAtMs, inFlight }: Link, nowMs: number): boolean {
  return wakeAtMs > nowMs - OVERSLEPT_MS || (inFlight !== null && nowMs < inFlight.sentAtMs + CALL_TIMEOUT_MS);
}

/** Sees to it that the object hears of the holding in time. Constant time. Never throws. */
export function tend(
  limits: GlobalLimits,
  holdings: Holdings,
  subject: { readonly link: Link; readonly holding: Holding },
  { nowMs, ctx }: { readonly nowMs: number; readonly ctx: ExecutionContext },
): void {
  const { link, holding } = subject;
  const atMs = Math.max(dueMs(holding, holdings.terms.settleMs, nowMs), mayCallAtMs(link));
  plan({ limits, holdings, link, ctx, untilMs: nowMs + TEND_MS }, atMs, nowMs);
}

function plan(errand: Errand, atMs: number, nowMs: number): void {
  const { link, ctx, untilMs } = errand;
  const isCalling = link.inFlight !== null && nowMs < link.inFlight.sentAtMs + CALL_TIMEOUT_MS;
  const isSoonEnough = link.wakeAtMs > nowMs - OVERSLEPT_MS && link.wakeAtMs <= atMs;
  if (isCalling || isSoonEnough || atMs > untilMs) return;
  link.wakeAtMs = Math.max(atMs, nowMs);
  ctx.waitUntil(wake(errand, link.wakeAtMs, nowMs));
}

async function wake(errand: Errand, atMs: number, nowMs: number): Promise<void> {
  const { limits, holdings, link } = errand;
  if (atMs > nowMs) {
    await scheduler.wait(atMs - nowMs);
    // Somebody had something to say before.
    if (link.wakeAtMs !== atMs) return;
  }
  link.wakeAtMs = 0;
  const wokenMs = Math.max(Date.now(), atMs);
  let dueAtMs = nextDueMs(link, holdings.terms, wokenMs);
  if (dueAtMs <= wokenMs && isTooMany(limits, wokenMs)) dueAtMs = wokenMs + link.paceMs;
  if (dueAtMs > wokenMs) return plan(errand, dueAtMs, wokenMs);
  await call(errand, wokenMs);
  const doneMs = Date.now();
  plan(errand, nextDueMs(link, holdings.terms, doneMs), doneMs);
}

/** One exchange with the object. Never rejects. */
async function call({ limits, holdings, link }: Errand, nowMs: number): Promise<void> {
  const { env, reporter, meshAtMs, rng } = limits;
  const message = beginCall(link, { reporter, limit: holdings.limit, meshAtMs, terms: holdings.terms }, nowMs);
  const timer = new AbortController();
  limits.counts.calls++;
  try {
    const given = scheduler.wait(CALL_TIMEOUT_MS, { signal: timer.signal }).then(
      () => null,
      () => null,
    );
    const reply = await Promise.race([env.RATE_LIMITER!.getByName(link.object).lease(message), given]);
    if (reply === null) onCallFailed(link, message.seq, "timeout", Date.now(), rng);
    else onReply(link, reply, Date.now(), rng);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    onCallFailed(link, message.seq, why, Date.now(), rng);
  } finally {
    timer.abort();
  }
  if (link.failures > 0) limits.counts.failures++;
}

function isTooMany(limits: GlobalLimits, nowMs: number): boolean {
  const second = Math.floor(nowMs / 1_000);
  if (second !== limits.second) {
    limits.second = second;
    limits.callsInSecond = 0;
  }
  return ++limits.callsInSecond > MAX_CALLS_PER_SECOND;
}
