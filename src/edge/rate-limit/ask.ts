/** Asks a limit about one request: here, at the data centre's binding, or for the whole world. */
import type { RateLimit } from "../../core/mesh.ts";
import { type Counter, giveBack, take } from "../../core/rate-limit/counter.ts";
import type { LimitClock } from "../../core/rate-limit/limit-clock.ts";
import type { Verdict } from "../../core/rate-limit/verdict.ts";
import type { Isolate } from "../isolate.ts";
import { takeGlobal } from "./global/global-limits.ts";
import { bindingOf, type OpenRateLimit } from "./open-rate-limits.ts";

export interface Question {
  readonly isolate: Isolate;
  readonly ctx: ExecutionContext;
  readonly clock: LimitClock;
}

/** A verdict of this isolate is the limit's own, written over by the next request. Never rejects. */
export function ask(
  limit: OpenRateLimit,
  counter: Counter,
  key: string,
  cost: number,
  { isolate, ctx, clock }: Question,
): Verdict | Promise<Verdict> {
  const { plan } = limit;
  switch (plan.scope.type) {
    case "local":
      take(counter, key, cost, clock, limit.verdict);
      return limit.verdict;
    case "colo":
      return askBinding(limit, counter, key, plan.scope.binding, { isolate, ctx, clock });
    case "global":
      return takeGlobal(isolate.globalLimits, { limit: plan, key, cost, nowMs: clock.epochMs, ctx });
  }
}

/**
 * The binding says yes or no and nothing else, so this isolate counts too: what is left is at most what is left of that, and
 * where that alone is over the limit nobody has to be asked. It is also what holds while the binding cannot be asked.
 */
function askBinding(
  { plan, verdict }: OpenRateLimit,
  counter: Counter,
  key: string,
  name: string,
  { isolate, clock }: Question,
): Verdict | Promise<Verdict> {
  take(counter, key, 1, clock, verdict);
  if (!verdict.allowed) return verdict;
  const own: Verdict = { ...verdict };
  const binding = bindingOf(isolate.env, name);
  if (binding === null) return withoutBinding(own, plan.onFailure);
  const taken = { elapsedMs: clock.elapsedMs, epochMs: clock.epochMs };
  const failed = () => withoutBinding(own, plan.onFailure);
  try {
    return binding.limit({ key: `${plan.name}|${key}` }).then(({ success }) => {
      if (success) return own;
      giveBack(counter, key, 1, taken, clock);
      return { ...own, allowed: false, remaining: 0, retryAfterMs: Math.min(own.resetMs, windowMsOf(plan)) };
    }, failed);
  } catch {
    return failed();
  }
}

/** The binding does not say when there is room: after a window there is some. */
function windowMsOf({ counting }: RateLimit): number {
  return "windowMs" in counting ? counting.windowMs : RETRY_MS;
}

/** `open`: what this isolate counts holds. */
function withoutBinding(own: Verdict, onFailure: "open" | "closed"): Verdict {
  if (onFailure === "open") return { ...own, isDegraded: true };
  return { ...own, allowed: false, remaining: 0, retryAfterMs: RETRY_MS, isDegraded: true };
}

/** When those who were refused for want of the binding may ask again. */
const RETRY_MS = 1_000;
