/**
 * Average run lengths of the charts by the Markov chain of Brook and Evans: the score is cut into cells, one block moves it
 * from cell to cell by the normal distribution, and (I − Q) L = 1 gives the mean number of blocks until it leaves.
 *
 * Source: Brook and Evans, Biometrika 59, 1972; Lucas and Saccucci, Technometrics 32, 1990, for the EWMA.
 */

/** Standard normal distribution function; error below 1.5e-7 (Abramowitz and Stegun 7.1.26) is too much here: by series and tail. */
export function normalCdf(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  if (Math.abs(x) < 3) {
    let term = x;
    let sum = x;
    for (let i = 3; Math.abs(term) > 1e-17; i += 2) {
      term *= (x * x) / i;
      sum += term;
    }
    return 0.5 + sum * Math.exp((-x * x) / 2) * 0.3989422804014327;
  }
  // Continued fraction of the tail (Lentz, from below).
  const a = Math.abs(x);
  let f = 0;
  for (let i = 200; i >= 1; i--) f = i / (a + f);
  const tail = (0.3989422804014327 * Math.exp((-a * a) / 2)) / (a + f);
  return x < 0 ? tail : 1 - tail;
}

/** Distribution of a block's residual with this shift, winsorized at ± `most`. */
function blockCdf(shift: number, most: number): (z: number) => number {
  return (z) => (z >= most ? 1 : z < -most ? 0 : normalCdf(z - shift));
}

/** Mean blocks until a one-sided CUSUM that starts at 0 reaches `h`. */
export function cusumRunLength(shift: number, k: number, h: number, most: number, cells = 120): number {
  const width = (2 * h) / (2 * cells - 1);
  const cdf = blockCdf(shift, most);
  return solve(cells, (i, j) => {
    const to = (j - i) * width + k;
    return j === 0 ? cdf(to + width / 2) : cdf(to + width / 2) - cdf(to - width / 2);
  })[0]!;
}

/** Mean blocks until an EWMA that starts at 0 reaches `limit`. Below it is cut at `−most`, where nothing happens. */
export function ewmaRunLength(shift: number, gain: number, limit: number, most: number, cells = 240): number {
  const low = -2 * limit;
  const width = (limit - low) / cells;
  const middle = (i: number) => low + (i + 0.5) * width;
  const cdf = blockCdf(shift, most);
  const lengths = solve(cells, (i, j) => {
    const z = (value: number) => (value - (1 - gain) * middle(i)) / gain;
    const upTo = cdf(z(low + (j + 1) * width));
    return j === 0 ? upTo : upTo - cdf(z(low + j * width));
  });
  return lengths[Math.floor(-low / width)]!;
}

/** L with (I − Q) L = 1, by elimination. */
function solve(size: number, q: (i: number, j: number) => number): Float64Array {
  const rows = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size + 1 }, (_, j) => (j === size ? 1 : (i === j ? 1 : 0) - q(i, j))),
  );
  for (let pivot = 0; pivot < size; pivot++) {
    const from = rows[pivot]!;
    for (let i = pivot + 1; i < size; i++) {
      const factor = rows[i]![pivot]! / from[pivot]!;
      if (factor === 0) continue;
      for (let j = pivot; j <= size; j++) rows[i]![j]! -= factor * from[j]!;
    }
  }
  const lengths = new Float64Array(size);
  for (let i = size - 1; i >= 0; i--) {
    let sum = rows[i]![size]!;
    for (let j = i + 1; j < size; j++) sum -= rows[i]![j]! * lengths[j]!;
    lengths[i] = sum / rows[i]![i]!;
  }
  return lengths;
}
