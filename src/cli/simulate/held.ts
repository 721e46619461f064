/** Runs held to assertions, and how that is told. */
import type { Run } from "../../simulate/report/comparison.ts";
import { type Assertion, describeValue, judge } from "./assertion.ts";
import type { AssertionOutcome } from "./results-json.ts";

/** Every assertion against every run, in the order of the assertions. */
export function holdTo(assertions: readonly Assertion[], runs: readonly Run[]): AssertionOutcome[] {
  return assertions.flatMap((assertion) =>
    runs.map(({ scenario, variant, seed, result }) => ({
      assertion: assertion.text,
      scenario,
      variant,
      seed,
      verdict: judge(assertion, result),
      value: describeValue(assertion, result),
    })),
  );
}

/**
 * Assertions as they stand over all runs. One that no run could be held to fails: what was meant to be checked was not.
 *
 * - `detail`: of a failed one, the runs that broke it.
 */
export function verdicts(outcomes: readonly AssertionOutcome[]): { text: string; isFailed: boolean; detail: string }[] {
  const texts = [...new Set(outcomes.map(({ assertion }) => assertion))];
  return texts.map((text) => {
    const own = outcomes.filter(({ assertion }) => assertion === text);
    const broken = own.filter(({ verdict }) => verdict === "fails");
    if (own.every(({ verdict }) => verdict === "absent")) {
      return { text, isFailed: true, detail: "no run has a value for it" };
    }
    const where = (outcome: AssertionOutcome) => (own.length === 1 ? "" : ` in ${runName(outcome)}`);
    const detail = broken.map((outcome) => `was ${outcome.value}${where(outcome)}`).join("; ");
    return { text, isFailed: broken.length > 0, detail };
  });
}

/** A run in a few words: "cloud-outage=aws, peak-ewma, seed 2". */
export function runName({ scenario, variant, seed }: Pick<AssertionOutcome, "scenario" | "variant" | "seed">): string {
  return [scenario, ...(variant === "" ? [] : [variant]), `seed ${seed}`].join(", ");
}
