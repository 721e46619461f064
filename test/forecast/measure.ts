/** How good forecasts are that know nothing of what they are held against: made again and again as time goes on. */
import { naiveScale } from "../../src/core/forecast/backtest.ts";
import { forecast } from "../../src/core/forecast/forecast.ts";

export interface Measured {
  /** Mean absolute error over that of the seasonal naive forecast within the series before; of the model, and of that naive one. */
  readonly mase: number;
  readonly naiveMase: number;
  /** Shares of values within the intervals. */
  readonly in80: number;
  readonly in95: number;
  readonly forecasts: number;
}

const SEASONS = [24, 168];

/**
 * Forecasts of `horizon` hours, one each `everyHours` from hour `from` on, each from all that was before it. The seasonal naive
 * forecast is the value of a week before, and of two where that was not yet.
 */
export function measure(
  values: Float64Array,
  firstStep: number,
  { from, horizon, everyHours }: { readonly from: number; readonly horizon: number; readonly everyHours: number },
): Measured {
  const sums = { error: 0, naive: 0, scale: 0, in80: 0, in95: 0, count: 0, forecasts: 0 };
  for (let now = from; now + horizon <= values.length; now += everyHours) {
    const history = values.slice(0, now);
    const made = forecast(history, SEASONS, horizon, firstStep);
    const scale = naiveScale(history, 168);
    sums.forecasts++;
    for (let h = 0; h < horizon; h++) {
      const actual = values[now + h]!;
      const before = values[now + h - 168 * Math.ceil((h + 1) / 168)]!;
      sums.error += Math.abs(actual - made.values[h]!) / scale;
      sums.naive += Math.abs(actual - before) / scale;
      if (actual >= made.lower80[h]! && actual <= made.upper80[h]!) sums.in80++;
      if (actual >= made.lower95[h]! && actual <= made.upper95[h]!) sums.in95++;
      sums.count++;
    }
  }
  const { error, naive, in80, in95, count, forecasts } = sums;
  return { mase: error / count, naiveMase: naive / count, in80: in80 / count, in95: in95 / count, forecasts };
}
