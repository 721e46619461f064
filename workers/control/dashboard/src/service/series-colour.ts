const COLOURS = 8;

/** The style's name for the colour of the n-th line, from 0. */
export function seriesColour(n: number): string {
  return `--series-${(n % COLOURS) + 1}`;
}
