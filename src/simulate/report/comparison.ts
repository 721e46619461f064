/** Several runs side by side: one row for each scenario and variant, over all seeds. */
import type { SimulationResult } from "../result.ts";
import type { Metric, Scope } from "./metrics.ts";

/** One game day that was played. */
export interface Run {
  readonly scenario: string;
  /** What was compared: a setting, a policy; "" when nothing was. */
  readonly variant: string;
  readonly seed: number;
  readonly result: SimulationResult;
}

/** Runs that differ in their seed only. Never empty. */
export interface Row {
  readonly scenario: string;
  readonly variant: string;
  readonly runs: readonly Run[];
}

export interface Spread {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** Rows in the order in which their first runs come. */
export function rowsOf(runs: readonly Run[]): Row[] {
  const rows = new Map<string, { scenario: string; variant: string; runs: Run[] }>();
  for (const run of runs) {
    const { scenario, variant } = run;
    const key = JSON.stringify([scenario, variant]);
    const row = rows.get(key) ?? { scenario, variant, runs: [] };
    row.runs.push(run);
    rows.set(key, row);
  }
  return [...rows.values()];
}

/**
 * A metric over the seeds of a row. Seeds that have nothing to tell are left out; all NaN when none has. What never
 * happened in one seed has an infinite mean.
 */
export function spreadOf({ runs }: Row, metric: Metric, scope: Scope): Spread {
  const values = runs.map(({ result }) => metric.read(result, scope)).filter((value) => !Number.isNaN(value));
  if (values.length === 0) return { mean: Number.NaN, min: Number.NaN, max: Number.NaN };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, min: Math.min(...values), max: Math.max(...values) };
}

/** The part of the day that tells rows apart: while the faults last, or all of it when there are none. */
export function tellingScope({ runs }: Row): Scope {
  return runs[0]!.result.scenario.faults.length === 0 ? "whole" : "during";
}

/** The rows of one scenario whose value of a metric is the best; none when more than half of them share it. */
export function bestOf(rows: readonly Row[], metric: Metric): ReadonlySet<Row> {
  const values = rows.map((row) => spreadOf(row, metric, tellingScope(row)).mean);
  const known = values.filter((value) => !Number.isNaN(value));
  const best = metric.isHigherBetter ? Math.max(...known) : Math.min(...known);
  const found = rows.filter((_, index) => values[index] === best);
  return new Set(found.length * 2 > rows.length ? [] : found);
}

/**
 * Share of an endpoint in its service's first attempts, 0..1, over the seeds of a row, while the faults last (before them on
 * a calm day). NaN when there were none.
 */
export function shareOf({ runs }: Row, endpoint: number): number {
  const part = runs[0]!.result.scenario.faults.length === 0 ? "before" : "during";
  return (
    runs.reduce((sum, { result }) => sum + (result.endpoints[endpoint]?.share[part] ?? Number.NaN), 0) / runs.length
  );
}

/** Rows by scenario, in order. */
export function byScenario(rows: readonly Row[]): (readonly [scenario: string, rows: readonly Row[]])[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.scenario, [...(groups.get(row.scenario) ?? []), row]);
  return [...groups];
}
