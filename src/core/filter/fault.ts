import type { FaultInjection } from "../mesh.ts";
import type { Rng } from "../rng.ts";

/** What a trusted caller asks for. Null: nothing of that kind. */
export interface AskedFault {
  readonly delayMs: number | null;
  readonly abortStatus: number | null;
}

export interface Fault {
  /** 0 none. */
  readonly delayMs: number;
  /** 0 none. */
  readonly abortStatus: number;
}

/** The longest delay that a caller may ask for, ms: as much as the config may say. */
const MAX_ASKED_DELAY_MS = 60_000;

/**
 * Draws what is done to one request. Delay and abort are drawn apart, as Envoy does: a request may get both.
 *
 * - `rng`: uniform in [0, 1); asked once for each that is configured and not asked for.
 * - `asked`: takes the place of what is configured; null when the caller asked for nothing or may not.
 *
 * Never throws. Constant time.
 *
 * Source: Envoy, HTTP fault filter.
 */
export function drawFault({ delay, abort }: FaultInjection, rng: Rng, asked: AskedFault | null): Fault {
  const delayMs = asked?.delayMs ?? (delay !== null && rng() < delay.fraction ? delay.ms : 0);
  const abortStatus = asked?.abortStatus ?? (abort !== null && rng() < abort.fraction ? abort.status : 0);
  return { delayMs, abortStatus };
}

/**
 * Reads what a caller asks for: whole milliseconds up to a minute, an error's status. What is out of bounds or no number
 * is not asked for. Null when nothing is. Never throws.
 */
export function askedFault(delay: string | null, abort: string | null): AskedFault | null {
  const delayMs = wholeWithin(delay, 0, MAX_ASKED_DELAY_MS);
  const abortStatus = wholeWithin(abort, 400, 599);
  return delayMs === null && abortStatus === null ? null : { delayMs, abortStatus };
}

function wholeWithin(text: string | null, least: number, most: number): number | null {
  if (text === null || !/^[0-9]{1,6}$/.test(text)) return null;
  const value = Number(text);
  return value >= least && value <= most ? value : null;
}
