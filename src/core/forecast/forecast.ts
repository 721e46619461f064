/**
 * The forecast of a series with its intervals, by the best that its history allows. A model that would not have beaten the
 * seasonal naive forecast is not used, and the answer says so.
 */
import { type Backtest, backtest, naiveAt, naiveScale } from "./backtest.ts";
import { type Fitted, finalState, fitModel } from "./fit.ts";
import { project, seasonsFor } from "./model.ts";

/** Fewer known values than this tell nothing but the last one. */
const MIN_KNOWN = 12;
/** Errors behind an interval, at least; before that those of more horizons count together. */
const MIN_ERRORS = 40;
/** Shares of what follows that should lie within the intervals. */
const INTERVALS = [0.8, 0.95] as const;

export type Method = "smoothing" | "seasonal-naive" | "naive" | "none";

export interface Forecast {
  readonly method: Method;
  /** For people: why this one. */
  readonly why: string;
  /** Of the smoothing; null for the others. */
  readonly scale: "additive" | "multiplicative" | null;
  readonly seasons: readonly number[];
  /** What is expected of each step, and what four in five and nineteen in twenty lie between. Empty for none. */
  readonly values: readonly number[];
  readonly lower80: readonly number[];
  readonly upper80: readonly number[];
  readonly lower95: readonly number[];
  readonly upper95: readonly number[];
  /** Mean absolute scaled error of this method and of the seasonal naive one within the series; null where unknown. */
  readonly mase: number | null;
  readonly naiveMase: number | null;
}

/**
 * What the next `horizon` values will be.
 *
 * - `series`: ≥ 0, NaN where nothing is known. Unknown values at both ends are no harm.
 * - `lengths`: of the seasons there may be, ascending, each a multiple of the one before.
 * - `firstStep`: number of the first value; seasons begin at multiples of their length.
 *
 * Deterministic; cost as fitModel and backtest. Never throws.
 */
export function forecast(
  series: Float64Array,
  lengths: readonly number[],
  horizon: number,
  firstStep: number,
): Forecast {
  const begin = Math.max(
    0,
    series.findIndex((value) => !Number.isNaN(value)),
  );
  const values = series.subarray(begin);
  const known = values.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  if (known === 0) return without("nothing is known yet");
  const seasons = seasonsFor(known, lengths);
  if (known < MIN_KNOWN) return naive(values, horizon, `${known} values are too few for more`);
  const fitted = fitModel(values, seasons, horizon, firstStep + begin);
  const tested = backtest(fitted, horizon);
  const scaled = (error: number) => finiteOrNull(error / naiveScale(values, seasons.at(-1) ?? 0));
  const accuracy = { naiveMase: scaled(tested.naiveError), seasons };
  const beats = tested.modelError <= tested.naiveError || tested.origins === 0;
  const { scale } = fitted;
  if (!beats) {
    const season = seasons.at(-1) ?? 0;
    const ahead = Float64Array.from({ length: horizon }, (_, h) => naiveAt(fitted.values, values.length, h, season));
    const why = "within the series the naive forecast was better than smoothing";
    const method = season === 0 ? "naive" : "seasonal-naive";
    const bands = bandsOf(
      ahead.map((one) => (Number.isNaN(one) ? 0 : one)),
      tested.naiveErrors,
      fitted,
    );
    return { method, why, scale: null, ...bands, ...accuracy, mase: accuracy.naiveMase };
  }
  const ahead = project(finalState(fitted), fitted.params, horizon);
  const why =
    seasons.length === 0 ? "the history is too short for a season" : `seasons of ${seasons.join(" and ")} steps`;
  return {
    method: "smoothing",
    why,
    scale: scale.name,
    ...bandsOf(ahead, tested.modelErrors, fitted),
    ...accuracy,
    mase: scaled(tested.modelError),
  };
}

function bandsOf(ahead: Float64Array, errors: Backtest["modelErrors"], { scale }: Fitted) {
  const [wide80, wide95] = INTERVALS.map((share) => widths(errors, share));
  const moved = (widthsOf: readonly number[], sign: 1 | -1) =>
    [...ahead].map((value, h) => scale.from(value + sign * widthsOf[h]!));
  return {
    values: [...ahead].map((value) => scale.from(value)),
    lower80: moved(wide80!, -1),
    upper80: moved(wide80!, 1),
    lower95: moved(wide95!, -1),
    upper95: moved(wide95!, 1),
  };
}

/**
 * By horizon, the error that a share of those of about this horizon did not exceed; with too few of them those of shorter ones count
 * too. Never less than one of a shorter horizon.
 */
function widths(errors: Backtest["modelErrors"], share: number): readonly number[] {
  let least = 0;
  return errors.map((_, h) => {
    const pool: number[] = [];
    for (let i = h; i >= 0 && pool.length < MIN_ERRORS; i--) pool.push(...errors[i]!);
    pool.sort((a, b) => a - b);
    // One more than there are: a share of the errors that were not seen yet lies beyond the greatest.
    const rank = Math.min(pool.length - 1, Math.ceil(share * (pool.length + 1)) - 1);
    least = Math.max(least, pool[rank] ?? 0);
    return least;
  });
}

/** The last value for all that follows; as unsure as values differ from one to the next, more with every step. */
function naive(values: Float64Array, horizon: number, why: string): Forecast {
  const last = naiveAt(values, values.length, 0, 0);
  const step = naiveScale(values, 0) || 0;
  const band = (factor: number) =>
    Array.from({ length: horizon }, (_, h) => Math.max(0, last + factor * step * Math.sqrt(h + 1)));
  // Of a normal distribution the mean absolute deviation is 0.8 standard deviations.
  const [z80, z95] = [1.2816 / 0.7979, 1.96 / 0.7979];
  return {
    method: "naive",
    why,
    scale: null,
    seasons: [],
    values: new Array<number>(horizon).fill(last),
    lower80: band(-z80),
    upper80: band(z80),
    lower95: band(-z95),
    upper95: band(z95),
    mase: null,
    naiveMase: null,
  };
}

function without(why: string): Forecast {
  const none: readonly number[] = [];
  const bands = { lower80: none, upper80: none, lower95: none, upper95: none };
  return { method: "none", why, scale: null, seasons: [], values: none, ...bands, mase: null, naiveMase: null };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
