/**
 * Exponential smoothing with a damped trend, up to two seasons and an autocorrelated remainder: load has the same shape every
 * day, another one on Sundays, and what is unusual now is mostly unusual in an hour too. A step without a value moves the state
 * along and teaches nothing.
 *
 *     r    = y − (level + φ·trend + Σ season[t mod m])        what the parts do not explain
 *     ŷ(h) = level + trend·(φ + … + φ^h) + Σ season[(t + h) mod m] + ρ^h·r
 *
 * Source: Taylor, "Triple seasonal methods for short-term electricity demand forecasting", EJOR 204(1), 2010, eq. 2 (its
 * double seasonal part with the autoregressive term); the damped trend is from Gardner & McKenzie, Management Science 31(10), 1985.
 */

export interface Params {
  /** Each 0..1: how much of a remainder goes into the level, and of that into the trend. */
  readonly level: number;
  readonly trend: number;
  /** φ, 0..1: how much of the trend goes on a step later. Undamped trends overshoot at long horizons. */
  readonly damping: number;
  /** By season. */
  readonly seasons: readonly number[];
  /** ρ, 0..1: how much of a remainder is left a step later. */
  readonly remainder: number;
}

/** Mutable. */
export interface State {
  level: number;
  trend: number;
  remainder: number;
  /** By season: its values by step within it. */
  readonly seasons: readonly Float64Array[];
  /** Of the next value. */
  step: number;
}

/** Lengths of the seasons that a series is long enough for, ascending: each is there twice at least. */
export function seasonsFor(length: number, lengths: readonly number[]): readonly number[] {
  return lengths.filter((season) => length >= 2 * season);
}

/** How many values the first state is made of: two of the longest season if there are three, else one. */
export function warmUpOf(length: number, seasons: readonly number[]): number {
  const longest = seasons.at(-1) ?? Math.min(6, Math.ceil(length / 2));
  return (length >= 3 * longest && seasons.length > 0 ? 2 : 1) * longest;
}

/**
 * The state before the first value: means over the warm-up.
 *
 * - `values`: NaN where nothing is known. `firstStep`: number of the first value; a season begins at its multiples.
 */
export function initialState(values: Float64Array, seasons: readonly number[], firstStep: number): State {
  const head = values.subarray(0, warmUpOf(values.length, seasons));
  const level = meanOf(head, () => 0);
  const made: Float64Array[] = [];
  for (const season of seasons) {
    const before = [...made];
    const rest = (i: number) => level + before.reduce((sum, one, s) => sum + one[(firstStep + i) % seasons[s]!]!, 0);
    const sums = new Float64Array(season);
    const counts = new Float64Array(season);
    for (let i = 0; i < head.length; i++) {
      if (Number.isNaN(head[i]!)) continue;
      sums[(firstStep + i) % season]! += head[i]! - rest(i);
      counts[(firstStep + i) % season]! += 1;
    }
    made.push(sums.map((sum, i) => (counts[i]! > 0 ? sum / counts[i]! : 0)));
  }
  return { level, trend: 0, remainder: 0, seasons: made, step: firstStep };
}

function meanOf(values: Float64Array, otherwise: () => number): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count > 0 ? sum / count : otherwise();
}

/** Takes in the next value (NaN: unknown) and returns how far off its forecast was; NaN for an unknown one. Constant time. */
export function advance(state: State, value: number, params: Params): number {
  const { seasons } = state;
  const moved = state.level + params.damping * state.trend;
  let explained = moved;
  for (const season of seasons) explained += season[state.step % season.length]!;
  const carried = params.remainder * state.remainder;
  if (Number.isNaN(value)) {
    state.level = moved;
    state.trend *= params.damping;
    state.remainder = carried;
    state.step++;
    return Number.NaN;
  }
  const remainder = value - explained;
  state.level = moved + params.level * remainder;
  state.trend = params.damping * state.trend + params.level * params.trend * remainder;
  for (let s = 0; s < seasons.length; s++) {
    seasons[s]![state.step % seasons[s]!.length]! += params.seasons[s]! * remainder;
  }
  state.remainder = remainder;
  state.step++;
  return remainder - carried;
}

/** The forecast of the next `horizon` values. Linear in it. */
export function project(state: State, params: Params, horizon: number): Float64Array {
  const ahead = new Float64Array(horizon);
  let [trend, damped, remainder] = [0, state.trend, state.remainder];
  for (let h = 0; h < horizon; h++) {
    damped *= params.damping;
    trend += damped;
    remainder *= params.remainder;
    let value = state.level + trend + remainder;
    for (const season of state.seasons) value += season[(state.step + h) % season.length]!;
    ahead[h] = value;
  }
  return ahead;
}
