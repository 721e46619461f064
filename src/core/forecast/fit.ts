/**
 * Finds the parameters of a model: those with the least mean absolute error after the warm-up, one step ahead and at the far end
 * of a day and of the forecast, since what is best for the next hour lets a trend go unseen. A grid for each parameter in turn,
 * a few times over: no chance, no derivatives, and no more passes over the series than are counted here.
 */
import { advance, initialState, type Params, type State, warmUpOf } from "./model.ts";
import { ADDITIVE, multiplicative, type Scale } from "./scale.ts";

/** What each parameter may be. Taylor's fitted values lie within these. */
const GRID = {
  level: [0, 0.002, 0.01, 0.03, 0.1, 0.3, 0.6],
  trend: [0, 0.003, 0.01, 0.03, 0.1],
  damping: [0.9, 0.98, 0.998],
  season: [0, 0.02, 0.05, 0.1, 0.2, 0.35],
  remainder: [0, 0.3, 0.6, 0.8, 0.9, 0.96],
} as const;
const ROUNDS = 3;
/** Far forecasts are made from every so many steps. */
const STRIDE = 6;

export interface Fitted {
  readonly scale: Scale;
  readonly params: Params;
  readonly seasons: readonly number[];
  readonly firstStep: number;
  /** On that scale. */
  readonly values: Float64Array;
  /** Mean absolute errors one step ahead and far ahead, added up, in the values' own unit. */
  readonly error: number;
}

/**
 * The better of an additive and a multiplicative model of a series.
 *
 * - `values`: ≥ 0; NaN where nothing is known.
 * - `seasons`: seasonsFor(…) of it. `horizon`: how far it will be used, in steps.
 *
 * Deterministic. About 200 passes over the series.
 */
export function fitModel(values: Float64Array, seasons: readonly number[], horizon: number, firstStep: number): Fitted {
  const mean = meanKnown(values);
  const scales = mean > 0 ? [ADDITIVE, multiplicative(mean)] : [ADDITIVE];
  const fits = scales.map((scale) => fitOn(scale, values, seasons, horizon, firstStep));
  return fits.reduce((best, one) => (one.error < best.error ? one : best));
}

/** The state after all that is known. */
export function finalState({ values, seasons, params, firstStep }: Fitted): State {
  const state = initialState(values, seasons, firstStep);
  for (const value of values) advance(state, value, params);
  return state;
}

function fitOn(
  scale: Scale,
  original: Float64Array,
  seasons: readonly number[],
  horizon: number,
  firstStep: number,
): Fitted {
  const values = original.map((value) => scale.to(value));
  const first = initialState(values, seasons, firstStep);
  const warmUp = warmUpOf(values.length, seasons);
  const far = [...new Set([Math.min(horizon, seasons[0] ?? 6), horizon])].filter((h) => h < values.length - warmUp);
  const remainder = seasons.length > 0 ? 0.6 : 0;
  let params: Params = { level: 0.03, trend: 0, damping: 0.98, seasons: seasons.map(() => 0.1), remainder };
  let error = errorOf(params);
  const tryOn = (candidate: Params) => {
    const found = errorOf(candidate);
    if (!(found < error)) return;
    params = candidate;
    error = found;
  };
  for (let round = 0; round < ROUNDS; round++) {
    const before = error;
    for (const level of GRID.level) tryOn({ ...params, level });
    for (const share of GRID.remainder) tryOn({ ...params, remainder: share });
    for (let s = 0; s < seasons.length; s++) {
      for (const share of GRID.season) tryOn({ ...params, seasons: params.seasons.with(s, share) });
    }
    for (const damping of GRID.damping) for (const trend of GRID.trend) tryOn({ ...params, trend, damping });
    if (error === before) break;
  }
  return { scale, params, seasons, firstStep, values, error };

  /** In the values' own unit, so that scales can be compared. */
  function errorOf(candidate: Params): number {
    const state: State = { ...first, seasons: first.seasons.map((season) => season.slice()) };
    const ahead = far.map((h) => farFactors(candidate, h));
    const sums = new Float64Array(far.length + 1);
    const counts = new Float64Array(far.length + 1);
    for (let i = 0; i < values.length; i++) {
      if (i >= warmUp && i % STRIDE === 0) {
        for (let f = 0; f < far.length; f++) {
          const actual = original[i + far[f]! - 1];
          if (actual === undefined || Number.isNaN(actual)) continue;
          sums[f + 1]! += Math.abs(actual - scale.from(farValue(state, ahead[f]!, far[f]!)));
          counts[f + 1]! += 1;
        }
      }
      const value = values[i]!;
      const off = advance(state, value, candidate);
      if (i < warmUp || Number.isNaN(off)) continue;
      sums[0]! += Math.abs(original[i]! - scale.from(value - off));
      counts[0]! += 1;
    }
    return sums.reduce((total, sum, i) => total + (counts[i]! > 0 ? sum / counts[i]! : 0), 0);
  }
}

interface FarFactors {
  readonly trend: number;
  readonly remainder: number;
}

/** What a forecast `h` steps ahead has of the trend and of the remainder. */
function farFactors({ damping, remainder }: Params, h: number): FarFactors {
  return { trend: (damping * (1 - damping ** h)) / (1 - damping), remainder: remainder ** h };
}

/** One value of project(), without those before it. */
function farValue(state: State, factors: FarFactors, h: number): number {
  let value = state.level + factors.trend * state.trend + factors.remainder * state.remainder;
  for (const season of state.seasons) value += season[(state.step + h - 1) % season.length]!;
  return value;
}

/** Mean of what is known; 0 for nothing. */
export function meanKnown(values: Float64Array): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count > 0 ? sum / count : 0;
}
