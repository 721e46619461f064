import type { CaseResult } from "./run/run-test.ts";

export interface TestResult {
  readonly test: string;
  readonly conformance: "core" | "extended";
  readonly cases: readonly CaseResult[];
}

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly notApplicable: number;
}

export function summaryOf(results: readonly TestResult[]): Summary {
  const count = (outcome: CaseResult["outcome"]) =>
    results.reduce((total, { cases }) => total + cases.filter((one) => one.outcome === outcome).length, 0);
  return { passed: count("passed"), failed: count("failed"), notApplicable: count("not-applicable") };
}

/** A line for each test, then every failure, every reason why cases do not apply, and the totals. */
export function printTable(results: readonly TestResult[], seconds: number): void {
  const width = Math.max(4, ...results.map(({ test }) => test.length));
  console.log(`${"test".padEnd(width)}  ${"level".padEnd(8)}  passed  failed  not applicable`);
  for (const result of results.filter(({ cases }) => cases.length > 0)) {
    const { passed, failed, notApplicable } = summaryOf([result]);
    const numbers = `${cell(passed, 6)}  ${cell(failed, 6)}  ${cell(notApplicable, 14)}`;
    console.log(`${result.test.padEnd(width)}  ${result.conformance.padEnd(8)}  ${numbers}`);
  }
  const cases = results.flatMap((result) => result.cases);
  for (const { id, name, reason } of cases.filter(({ outcome }) => outcome === "failed")) {
    console.log(`\nfailed ${id} (${name})\n  ${reason}`);
  }
  const reasons = Map.groupBy(
    cases.filter(({ outcome }) => outcome === "not-applicable"),
    ({ reason }) => reason,
  );
  for (const [reason, list] of reasons)
    console.log(`\nnot applicable (${list.length}): ${reason}\n  ${list.map(({ id }) => id).join(" ")}`);
  const { passed, failed, notApplicable } = summaryOf(results);
  console.log(`\n${passed} passed, ${failed} failed, ${notApplicable} not applicable, in ${seconds.toFixed(0)} s`);
}

/** Zeros are left blank: what is there is seen. */
function cell(count: number, width: number): string {
  return (count === 0 ? "" : String(count)).padStart(width);
}
