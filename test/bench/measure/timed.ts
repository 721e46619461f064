/** Times small pieces of code in this process: V8 as in workerd, without the platform around it. */

const REPEATS = 7;
const RUN_MS = 40;

/**
 * ns that one call takes: the median of several runs of some 40 ms each, so that one pause of the machine does not show.
 *
 * - `body`: called with 0, 1, 2 …, going on from run to run.
 */
export function timeNs(body: (i: number) => void): number {
  let next = 0;
  const run = (calls: number) => {
    const until = next + calls;
    const startedAt = performance.now();
    for (; next < until; next += 1) body(next);
    return performance.now() - startedAt;
  };
  let calls = 64;
  while (run(calls) < RUN_MS) calls *= 2;
  const runs = Array.from({ length: REPEATS }, () => (run(calls) * 1e6) / calls);
  return runs.sort((a, b) => a - b)[REPEATS >> 1]!;
}
