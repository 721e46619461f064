/**
 * A hedged first attempt: when the endpoint takes longer than most answers do, a second one is asked as well and the
 * first good answer wins; the other attempt is given up. Only requests that may be sent twice are hedged, and only
 * within a budget of their own.
 *
 * Source: Dean and Barroso, "The Tail at Scale", CACM 56(2), 2013.
 */
import { LAST_RANK } from "../core/limit/rank.ts";
import { isRetriable } from "../core/retry/retriable.ts";
import { hedgeDelayMs, NO_ENDPOINT, pickEndpoint } from "../core/service-state.ts";
import {
  type AttemptInFlight,
  type AttemptOptions,
  type AttemptResult,
  attempt,
  attemptEnd,
  beginAttempt,
  discard,
} from "./attempt.ts";
import { type Carried, noteTried } from "./carried.ts";
import { isPreparing } from "./send.ts";

/** Whether a hedge may be sent for this request at all. */
export function mayHedge(carried: Carried, options: AttemptOptions): boolean {
  return (
    carried.policy.hedge !== null &&
    options.number === 1 &&
    options.lease === null &&
    carried.repeatable &&
    carried.body.kind !== "stream" &&
    !carried.request.headers.has("upgrade")
  );
}

/**
 * Makes the attempt and, if it is slow, another one beside it. Never rejects.
 *
 * When both fail, the result is that of one, and `neverSent` of both: the other one may have arrived.
 */
export async function hedgedAttempt(carried: Carried, options: AttemptOptions): Promise<AttemptResult> {
  const { state } = carried.service;
  const delayMs = hedgeDelayMs(state, carried.policy, options.nowMs);
  if (delayMs <= 0) return attempt(carried, options);
  const firstAbort = new AbortController();
  const flight = beginAttempt(carried, { ...options, abort: firstAbort });
  const first = attemptEnd(carried, flight);
  let waitMs = delayMs;
  let nowMs = options.nowMs;
  do {
    const early = await Promise.race([first, scheduler.wait(waitMs)]);
    if (early !== undefined) return early;
    nowMs = Date.now();
    waitMs = leftMs(flight, delayMs, nowMs);
  } while (waitMs > 0);

  const input = {
    nowMs,
    rng: carried.isolate.rng,
    rank: LAST_RANK,
    hashKey: carried.hashKey,
    tried: [options.endpoint],
  };
  const endpoint = pickEndpoint(state, input);
  if (endpoint === NO_ENDPOINT || endpoint === options.endpoint) return first;
  const secondAbort = new AbortController();
  const lease = state.pickedLease;
  const second = attempt(carried, { ...options, endpoint, lease, nowMs, isHedge: true, abort: secondAbort });

  const ahead = await Promise.race([first, second]);
  if (isGood(carried, ahead)) {
    const behind = ahead.endpoint === options.endpoint ? second : first;
    (behind === first ? firstAbort : secondAbort).abort();
    behind.then((result) => result.response !== null && discard(result.response));
    return ahead;
  }
  const behind = ahead.endpoint === options.endpoint ? await second : await first;
  const [kept, left] = isTold(ahead, behind) ? [ahead, behind] : [behind, ahead];
  if (left.response !== null) discard(left.response);
  noteTried(carried, left.endpoint, left.outcome);
  return left.neverSent ? kept : { ...kept, neverSent: false };
}

/** Until the first attempt has taken longer than most do. An issuer of tokens that is slow makes no endpoint slow: it counts from when it was sent. */
function leftMs({ fetching, startedAtMs, options }: AttemptInFlight, delayMs: number, nowMs: number): number {
  if (isPreparing(fetching)) return delayMs;
  // It was sent at once: that much has been waited.
  return startedAtMs === options.nowMs ? 0 : Math.ceil(startedAtMs + delayMs - nowMs);
}

/** Of two attempts that failed, whether the first tells more: an answer more than none, and one that left more than one that did not. */
function isTold(ahead: AttemptResult, behind: AttemptResult): boolean {
  if ((ahead.response === null) !== (behind.response === null)) return ahead.response !== null;
  return behind.unsent !== null && ahead.unsent === null;
}

function isGood(carried: Carried, result: AttemptResult): boolean {
  return result.response !== null && !isRetriable(carried.policy.retry, carried.repeatable, result);
}
