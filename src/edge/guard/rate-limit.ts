/**
 * The last step of a guard: how much may they. All limits of the rule have to allow the request; the first that does not
 * answers 429, and what those before it gave is given back: exactly to counts of this isolate; a binding takes nothing back,
 * nor does an object that lends. So local limits are asked first.
 */

import { giveBack, type Taken } from "../../core/rate-limit/counter.ts";
import { type LimitClock, tick } from "../../core/rate-limit/limit-clock.ts";
import { type Hold, type Places, returnPlace, takePlace } from "../../core/rate-limit/places.ts";
import type { Verdict } from "../../core/rate-limit/verdict.ts";
import type { Refusal } from "../../core/refusal.ts";
import { countOne } from "../../core/traffic/tally.ts";
import type { Arrived } from "../arrived.ts";
import { ask } from "../rate-limit/ask.ts";
import { createTold, type Told, tell, toldHeaders, withTold } from "../rate-limit/headers.ts";
import type { OpenRateLimit } from "../rate-limit/open-rate-limits.ts";
import { costOf, countedKey, keyOf } from "../rate-limit/request-key.ts";
import { logRefusal } from "../refusal-log.ts";
import { requestIdOf } from "../request-id.ts";
import { deny } from "./deny.ts";
import type { Next } from "./guarded.ts";

/** A request on its way through the limits of its rule. */
interface Passage {
  readonly arrived: Arrived;
  readonly limits: readonly OpenRateLimit[];
  readonly clock: LimitClock;
  readonly next: Next;
  /** What was taken and can be given back; null: nothing. */
  taken: TakenUnits[] | null;
  holds: Held[] | null;
  /** Null: callers are told nothing. */
  told: Told | null;
}

interface TakenUnits {
  readonly limit: OpenRateLimit;
  readonly key: string;
  readonly cost: number;
  readonly at: Taken;
}

interface Held {
  readonly places: Places;
  readonly hold: Hold;
}

/** Passes on or refuses; at once where every limit can be decided here. Rejects only for what `next` rejects for. */
export function limitRates(
  arrived: Arrived,
  limits: readonly OpenRateLimit[],
  next: Next,
): Response | Promise<Response> {
  const { clock } = arrived.open.guards.rateLimits;
  tick(clock, Date.now());
  return pass({ arrived, limits, clock, next, taken: null, holds: null, told: null }, 0);
}

/** Asks the limits from `from` on. */
function pass(passage: Passage, from: number): Response | Promise<Response> {
  const { arrived, limits } = passage;
  for (let i = from; i < limits.length; i += 1) {
    const limit = limits[i]!;
    const key = countedKey(keyOf(limit.plan.key, arrived), limit.digests);
    const refused =
      typeof key === "string" ? askOne(passage, limit, key) : key.then((digest) => askOne(passage, limit, digest));
    if (refused instanceof Promise) return refused.then((later) => later ?? resume(passage, i + 1));
    if (refused !== null) return refused;
  }
  return onward(passage);
}

function resume(passage: Passage, from: number): Response | Promise<Response> {
  tick(passage.clock, Date.now());
  return pass(passage, from);
}

/** The refusal; null when the request may go on. */
function askOne(passage: Passage, limit: OpenRateLimit, key: string): Response | null | Promise<Response | null> {
  const { arrived, clock } = passage;
  const { counter, plan, verdict } = limit;
  if (counter.type === "concurrency") {
    const hold = takePlace(counter, key, clock, verdict);
    if (hold !== null) passage.holds = [...(passage.holds ?? []), { places: counter, hold }];
    return settle(passage, limit, verdict);
  }
  const cost = costOf(plan.cost, arrived);
  const answer = ask(limit, counter, key, cost, { isolate: arrived.isolate, ctx: arrived.ctx, clock });
  if (answer instanceof Promise) {
    const settled = answer.then((later) => settle(passage, limit, later));
    if (!plan.dryRun) return settled;
    // On trial nobody waits for what will be let in anyway.
    arrived.ctx.waitUntil(settled);
    return null;
  }
  if (answer.allowed && plan.scope.type === "local" && passage.limits.length > 1) {
    const at = { elapsedMs: clock.elapsedMs, epochMs: clock.epochMs };
    passage.taken = [...(passage.taken ?? []), { limit, key, cost, at }];
  }
  return settle(passage, limit, answer);
}

function settle(passage: Passage, limit: OpenRateLimit, verdict: Verdict): Response | null {
  const { isolate } = passage.arrived;
  const { plan, policy } = limit;
  if (policy !== "") {
    passage.told ??= createTold();
    tell(passage.told, plan, policy, verdict);
  }
  if (verdict.allowed) {
    countOne(isolate.unrouted, "limitAllowed");
    return null;
  }
  const refusal = refusalOf(passage, limit, verdict);
  if (plan.dryRun) {
    countOne(isolate.unrouted, "limitTrialDenied");
    logRefusal(isolate.refusals, refusal, requestIdOf(passage.arrived.request.headers), Date.now());
    return null;
  }
  countOne(isolate.unrouted, "limitDenied");
  undo(passage);
  return deny(passage.arrived, refusal, passage.told === null ? [] : toldHeaders(passage.told));
}

function refusalOf({ arrived }: Passage, { plan, policy }: OpenRateLimit, verdict: Verdict): Refusal {
  const { route, rule } = arrived.matched;
  const at = { route: route.name, rule: rule.name, limit: plan.name, retryAfterMs: Math.ceil(verdict.retryAfterMs) };
  const trial = plan.dryRun ? ({ dryRun: true } as const) : {};
  return verdict.isDegraded && plan.onFailure === "closed"
    ? { reason: "rate_limit_unavailable", ...at, ...trial }
    : { reason: "rate_limited", ...at, isTold: policy !== "", ...trial };
}

function undo({ taken, holds, clock }: Passage): void {
  for (const { limit, key, cost, at } of taken ?? []) {
    if (limit.counter.type !== "concurrency") giveBack(limit.counter, key, cost, at, clock);
  }
  release(holds);
}

function release(holds: readonly Held[] | null): void {
  for (const { places, hold } of holds ?? []) returnPlace(places, hold);
}

function onward({ arrived, next, holds, told }: Passage): Response | Promise<Response> {
  const answer = holds === null ? next(arrived) : holding(arrived, next, holds);
  if (told === null) return answer;
  return answer instanceof Promise ? answer.then((response) => withTold(told, response)) : withTold(told, answer);
}

/**
 * Gives the places back when the head of the answer is there or nothing came. The code of a request whose caller left goes on
 * only while something is in its `waitUntil`, and so this is; past what the platform grants, the place is free when its time is over.
 */
function holding(arrived: Arrived, next: Next, holds: readonly Held[]): Response | Promise<Response> {
  const answer = next(arrived);
  if (!(answer instanceof Promise)) {
    release(holds);
    return answer;
  }
  const freed = answer.finally(() => release(holds));
  arrived.ctx.waitUntil(freed.then(ignore, ignore));
  return freed;
}

function ignore(): void {}
