/**
 * Game days as JSON. The shape is stable: `format` goes up when a field changes its meaning or goes away. The same
 * command gives the same bytes: how long it took on the wall is left out. What is not known or never happened is null.
 */
import type { Run } from "../../simulate/report/comparison.ts";
import type { SimulationResult } from "../../simulate/result.ts";

export const RESULTS_FORMAT = 1;

export interface ResultsInput {
  readonly heddle: string;
  readonly config: { readonly file: string; readonly version: string };
  readonly settings: Readonly<Record<string, unknown>>;
  readonly runs: readonly Run[];
  readonly assertions: readonly AssertionOutcome[];
}

/** One assertion against one run. */
export interface AssertionOutcome {
  readonly assertion: string;
  readonly scenario: string;
  readonly variant: string;
  readonly seed: number;
  readonly verdict: "holds" | "fails" | "absent";
  /** What it was, for people. */
  readonly value: string;
}

export function resultsJson({ heddle, config, settings, runs, assertions }: ResultsInput): string {
  const ok = assertions.every(({ verdict }) => verdict !== "fails");
  return JSON.stringify({ format: RESULTS_FORMAT, ok, heddle, config, settings, runs: runs.map(runJson), assertions });
}

function runJson({ scenario, variant, seed, result }: Run) {
  const { wallMs: _wall, requestsPerWallSecond: _speed, scenario: day, seed: _seed, ...rest } = result;
  return { scenario, variant: variant === "" ? null : variant, seed, faults: day.faults, ...rounded(rest) };
}

/** Digits beyond any meaning are cut from the timeline: they would be most of the output. */
function rounded(result: Omit<SimulationResult, "wallMs" | "requestsPerWallSecond" | "scenario" | "seed">) {
  const { timeline } = result;
  const short = (column: readonly number[]) => column.map((value) => Number(value.toFixed(2)));
  const { p50Ms, p90Ms, p99Ms } = timeline;
  return { ...result, timeline: { ...timeline, p50Ms: short(p50Ms), p90Ms: short(p90Ms), p99Ms: short(p99Ms) } };
}
