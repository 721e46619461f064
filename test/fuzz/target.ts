/** One thing that reads what strangers wrote, and what has to hold whatever they write. */
import fc from "fast-check";

export interface FuzzTarget {
  /** As `--target` names it. */
  readonly name: string;
  /** What has to hold, as a sentence. */
  readonly holds: string;
  /** How many cases a run of the tests plays. */
  readonly cases: number;
  readonly property: fc.IAsyncProperty<[unknown]>;
}

/** CPU time of one case, ms. Inputs are a few kilobytes: what takes longer grows faster than its input. */
const MAX_CASE_MS = 2_000;

/**
 * - `given`: what is tried.
 * - `check`: throws when something does not hold.
 *
 * Of every target it also has to hold that a case costs no more than two seconds of CPU, and changes no prototype.
 */
export function fuzzTarget<T>(
  about: Pick<FuzzTarget, "name" | "holds" | "cases">,
  given: fc.Arbitrary<T>,
  check: (input: T) => void | Promise<void>,
): FuzzTarget {
  const property = fc.asyncProperty(given as fc.Arbitrary<unknown>, async (input) => {
    const before = process.cpuUsage();
    await check(input as T);
    const { user, system } = process.cpuUsage(before);
    const spentMs = (user + system) / 1_000;
    if (spentMs > MAX_CASE_MS) throw new Error(`took ${Math.round(spentMs)} ms of CPU`);
    const polluted = [Object.prototype, Array.prototype].flatMap((one) => Object.keys(one));
    if (polluted.length > 0) throw new Error(`a prototype got ${polluted.join(", ")}`);
  });
  return { ...about, property };
}

/** Throws unless `holds`. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** What was found: the smallest input, why it is wrong, and how to see it again. Null when all is well. */
export function findingOf(result: fc.RunDetails<[unknown]>): string | null {
  if (!result.failed) return null;
  const { counterexample, counterexamplePath, seed, numRuns, errorInstance } = result;
  const why = errorInstance instanceof Error ? errorInstance.stack : String(errorInstance);
  return `case ${numRuns} of seed ${seed}, path ${counterexamplePath}\n${fc.stringify(counterexample?.[0])}\n${why}`;
}
