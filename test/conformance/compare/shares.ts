/**
 * Whether each backend got its share of requests.
 *
 * - `counts`: answers by backend. - `tolerance`: of a share, absolute. A backend of share 0 must have got nothing.
 */
export function shareDifference(
  counts: ReadonlyMap<string, number>,
  shares: Readonly<Record<string, number>>,
  total: number,
  tolerance: number,
): string | null {
  const stranger = [...counts.keys()].find((backend) => !Object.hasOwn(shares, backend));
  if (stranger !== undefined) return `"${stranger}" answered`;
  for (const [backend, share] of Object.entries(shares)) {
    const got = (counts.get(backend) ?? 0) / total;
    if (share === 0 ? got > 0 : Math.abs(got - share) > tolerance)
      return `${backend} got ${got} of the requests, expected ${share}`;
  }
  return null;
}

/** Whether a count lies within some standard deviations of a binomial's mean. - `share`: 0..1. */
export function mirrorCountDifference(count: number, total: number, share: number, stdDevs: number): string | null {
  const mean = total * share;
  const tolerance = stdDevs * Math.sqrt(total * share * (1 - share));
  if (Math.abs(count - mean) <= tolerance) return null;
  return `the mirror saw ${count} requests, expected ${mean} ± ${tolerance.toFixed(1)}`;
}
