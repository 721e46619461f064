/**
 * What endpoints get that a region hardly knows: new ones, and such as none of its requests went to yet. Their latency is a
 * guess, and where all others are near, the guess makes them look so far that with a few requests per second none would
 * reach them for half a minute. So for the first answers they get their fair share by weight, but no more than a few
 * requests per second: enough to be known within seconds, too few to hurt anybody if they are far, cold or dead.
 */

/** Answers, good or bad, after which an endpoint is known: the first one pays for the connection, and says little. */
export const KNOWN_ANSWERS = 5;
/** Requests per second, from each region. */
const TRIAL_RPS = 2;

/** By endpoint; cells are `region * size + endpoint`. */
export interface Exploration {
  readonly size: number;
  readonly demandRps: Float64Array;
  /** By cell: 0 for what may get nothing. */
  readonly preference: Float64Array;
  readonly weights: Float64Array;
  /** By cell: answers so far, as far as they are counted. */
  readonly answers: Float64Array;
}

/**
 * Raises the probabilities (by cell) of endpoints that are hardly known. One whose priority gets nothing (0) is left alone.
 * Rows may then sum to more than 1, to 2 at most: they are relative. Linear in the cells.
 */
export function explore(input: Exploration, probability: Float64Array): void {
  const { size, demandRps, preference, weights, answers } = input;
  for (let r = 0; r < demandRps.length; r++) {
    let total = 0;
    for (let e = 0; e < size; e++) if (isInUse(r * size + e)) total += weights[e]!;
    for (let e = 0; e < size; e++) {
      const cell = r * size + e;
      if (!isInUse(cell) || answers[cell]! >= KNOWN_ANSWERS) continue;
      const trial = Math.min(weights[e]! / total, TRIAL_RPS / Math.max(TRIAL_RPS, demandRps[r]!));
      probability[cell] = Math.max(probability[cell]!, trial);
    }
  }

  function isInUse(cell: number): boolean {
    return preference[cell]! > 0 && probability[cell]! > 0;
  }
}
