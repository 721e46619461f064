import { describe, expect, it } from "vitest";
import { readAssertion } from "../../../../src/cli/simulate/assertion.ts";
import { holdTo, verdicts } from "../../../../src/cli/simulate/held.ts";
import { CALM, resultOf } from "../../simulate/report/results.ts";

const assertion = (text: string) => {
  const read = readAssertion(text);
  if (!read.ok) throw new Error(read.message);
  return read.value;
};
const run = (scenario: string, seed: number, detectMs: number) => ({
  scenario,
  variant: "",
  seed,
  result: scenario === "none" ? resultOf({ scenario: CALM }) : resultOf({ detectMs }),
});

describe("verdicts", () => {
  it("names every run that broke an assertion, and its value", () => {
    const outcomes = holdTo(
      [assertion("detect<=1s")],
      [run("down", 1, 900), run("down", 2, 2_500), run("slow", 1, 4_000)],
    );
    expect(verdicts(outcomes)).toEqual([
      { text: "detect<=1s", isFailed: true, detail: "was 2.5 s in down, seed 2; was 4.0 s in slow, seed 1" },
    ]);
  });

  it("leaves out days that have no value, unless that is all of them", () => {
    const some = holdTo([assertion("detect<=1s")], [run("none", 1, 0), run("down", 1, 900)]);
    expect(verdicts(some)).toEqual([{ text: "detect<=1s", isFailed: false, detail: "" }]);
    const none = holdTo([assertion("detect<=1s")], [run("none", 1, 0)]);
    expect(verdicts(none)).toMatchObject([{ isFailed: true, detail: "no run has a value for it" }]);
  });
});
