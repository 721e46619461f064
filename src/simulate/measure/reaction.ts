/** How soon traffic left what was faulty, and how soon everything was as before: read off counts in short steps. */
import type { FineCounts, Recorder } from "./recorder.ts";

/** What is claimed of a moment holds over so long from it, ms: long enough for some hundred requests at usual rates. */
const CONFIRM_MS = 1_000;
/** The faulty share counts as gone below this part of what it was, and as back from half of it. */
const GONE = 0.1;
const BACK = 0.5;
/** Success is back at this part of what it was. */
const SUCCESS_BACK = 0.99;

/** From the first fault until the faulty endpoints' share of first attempts is below a tenth; null: never, or none was faulty. */
export function detectMs(recorder: Recorder, anyFaulty: boolean): number | null {
  const { fine, faultMs, durationMs } = recorder;
  if (!anyFaulty) return null;
  const usual = ratio(fine.faulty, fine.attempts, 0, stepOf(fine, faultMs));
  const found = firstStep(fine, faultMs, durationMs, (from, to) => {
    return ratio(fine.faulty, fine.attempts, from, to) < GONE * usual;
  });
  return found === null ? null : found - faultMs;
}

/**
 * From the last fault's end (`endedMs`) until success and, where some endpoint was faulty, its share are back; null: never.
 */
export function recoverMs(recorder: Recorder, anyFaulty: boolean, endedMs: number): number | null {
  const { fine, faultMs, durationMs } = recorder;
  if (faultMs >= durationMs) return null;
  const before = stepOf(fine, faultMs);
  const usual = ratio(fine.faulty, fine.attempts, 0, before);
  const success = before > 0 ? ratio(fine.ok, fine.requests, 0, before) : 1;
  const found = firstStep(fine, endedMs, durationMs, (from, to) => {
    if (ratio(fine.ok, fine.requests, from, to) < SUCCESS_BACK * success) return false;
    return !anyFaulty || ratio(fine.faulty, fine.attempts, from, to) >= BACK * usual;
  });
  return found === null ? null : found - endedMs;
}

/** The first moment from which the claim holds over the confirming stretch; null: none before the end. */
function firstStep(
  fine: FineCounts,
  fromMs: number,
  durationMs: number,
  holds: (from: number, to: number) => boolean,
): number | null {
  const width = Math.max(1, Math.round(CONFIRM_MS / fine.stepMs));
  const end = stepOf(fine, durationMs);
  for (let step = Math.ceil(fromMs / fine.stepMs - 1e-9); step + width <= end; step++) {
    if (holds(step, step + width)) return step * fine.stepMs;
  }
  return null;
}

function stepOf(fine: FineCounts, ms: number): number {
  return Math.min(fine.requests.length, Math.floor(ms / fine.stepMs));
}

/** Sum of one column over the sum of another; 0 for none. */
function ratio(part: Uint32Array, whole: Uint32Array, from: number, to: number): number {
  let parts = 0;
  let wholes = 0;
  for (let step = from; step < to; step++) {
    parts += part[step]!;
    wholes += whole[step]!;
  }
  return wholes === 0 ? 0 : parts / wholes;
}
