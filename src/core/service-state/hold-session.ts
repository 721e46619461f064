/** Sessions stay at their endpoints, as far as these may be used. */
import { isFull } from "./pick.ts";
import { FORGET_MS, settle } from "./settle.ts";
import type { ServiceState } from "./state.ts";

/** HealthCode: an operator lets the endpoint finish what it has. */
const DRAINED = 4;
/** HealthCode: 0 unknown and 1 healthy serve. */
const LAST_SERVING = 1;

/**
 * Whether a request of a session may go to the endpoint that the session is at.
 *
 * It may while the endpoint is available, or all of its level are out and that is ignored. One that an operator drains, or gives
 * no weight, keeps the sessions it has, until they end by themselves or its breaker opens. Not where it was disabled, its breaker is
 * open here or everywhere, active checks find it down, or it has as many requests as it may.
 *
 * Never throws. Constant time but when availability has to be settled.
 */
export function mayHoldSession(state: ServiceState, endpoint: number, nowMs: number): boolean {
  if (nowMs >= state.settleAtMs) settle(state, nowMs);
  if (nowMs < state.own.outUntilMs[endpoint]! || isFull(state, endpoint)) return false;
  const { health, breaker, weight } = state.shared;
  const keeps = health[endpoint] === DRAINED || (weight[endpoint] === 0 && health[endpoint]! <= LAST_SERVING);
  if (keeps) return nowMs - state.snapshotAtMs > FORGET_MS || breaker[endpoint] === 0;
  const { levels } = state;
  return levels.available[endpoint] === 1 || levels.all[levels.levelOf[endpoint]!]?.panic === true;
}

/** Takes the endpoint that a session is at as `pickEndpoint` takes one. Returns it. Uses up no lent probe. */
export function pinTo(state: ServiceState, endpoint: number): number {
  state.pickedLease = null;
  state.pickedInPanic = false;
  return endpoint;
}
