/**
 * How good forecasts of a series would have been: from many moments in it, forecasts of what followed, by the model and by the
 * seasonal naive forecast (as it was one season ago), which is what any model has to beat.
 *
 * MASE is the mean absolute error over that of the naive forecast one season back within the series itself. Source: Hyndman &
 * Koehler, "Another look at measures of forecast accuracy", Int. J. of Forecasting 22(4), 2006.
 */
import type { Fitted } from "./fit.ts";
import { advance, initialState, project, warmUpOf } from "./model.ts";

/** Moments that are looked at, at most, spread evenly over what follows the warm-up. */
const MAX_ORIGINS = 120;

export interface Backtest {
  /** Mean absolute errors in the values' own unit, over all horizons and moments; NaN for no moment. */
  readonly modelError: number;
  readonly naiveError: number;
  /** By horizon, ascending absolute errors on the scale of the model, and of the naive forecast. */
  readonly modelErrors: readonly Float64Array[];
  readonly naiveErrors: readonly Float64Array[];
  readonly origins: number;
}

/** Forecasts from within the series, of `horizon` values each. Linear in moments × horizon. */
export function backtest(fitted: Fitted, horizon: number): Backtest {
  const { values, seasons, params, scale, firstStep } = fitted;
  const warmUp = warmUpOf(values.length, seasons);
  const last = values.length - 1;
  const stride = Math.max(1, Math.ceil((last - warmUp) / MAX_ORIGINS));
  const season = seasons.at(-1) ?? 0;
  const [model, naive] = [0, 1].map(() => Array.from({ length: horizon }, (): number[] => []));
  const sums = { model: 0, naive: 0, count: 0, origins: 0 };
  const state = initialState(values, seasons, firstStep);
  for (let t = 0; t <= last; t++) {
    if (t >= warmUp && t < last && (last - t) % stride === 0) {
      sums.origins++;
      const ahead = project(state, params, Math.min(horizon, values.length - t));
      for (let h = 0; h < ahead.length; h++) {
        const actual = values[t + h]!;
        const before = naiveAt(values, t, h, season);
        if (Number.isNaN(actual) || Number.isNaN(before)) continue;
        model![h]!.push(Math.abs(actual - ahead[h]!));
        naive![h]!.push(Math.abs(actual - before));
        sums.model += Math.abs(scale.from(actual) - scale.from(ahead[h]!));
        sums.naive += Math.abs(scale.from(actual) - scale.from(before));
        sums.count++;
      }
    }
    advance(state, values[t]!, params);
  }
  return {
    modelError: sums.model / sums.count,
    naiveError: sums.naive / sums.count,
    modelErrors: model!.map((errors) => Float64Array.from(errors).sort()),
    naiveErrors: naive!.map((errors) => Float64Array.from(errors).sort()),
    origins: sums.origins,
  };
}

/**
 * The naive forecast of value `t + h`, before `t` is known: that of a season ago, or of as many seasons as it takes; without
 * a season the last one. NaN where that is not known. `season`: 0 for none.
 */
export function naiveAt(values: Float64Array, t: number, h: number, season: number): number {
  if (season === 0) return lastKnown(values, t - 1);
  for (let i = t + h - season * Math.ceil((h + 1) / season); i >= 0; i -= season) {
    if (!Number.isNaN(values[i]!)) return values[i]!;
  }
  return Number.NaN;
}

function lastKnown(values: Float64Array, from: number): number {
  for (let i = from; i >= 0; i--) if (!Number.isNaN(values[i]!)) return values[i]!;
  return Number.NaN;
}

/** Mean absolute difference to one season before, within a series; NaN without any. `season`: 0 for the value before. */
export function naiveScale(values: Float64Array, season: number): number {
  const lag = Math.max(1, season);
  let [sum, count] = [0, 0];
  for (let i = lag; i < values.length; i++) {
    const off = Math.abs(values[i]! - values[i - lag]!);
    if (Number.isNaN(off)) continue;
    sum += off;
    count++;
  }
  return sum / count;
}
