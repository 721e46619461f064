import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseOpenMetrics } from "../../../conformance/openmetrics/parse.ts";

interface Vector {
  readonly name: string;
  readonly shouldParse: boolean;
  readonly text: string;
}

const { cases } = JSON.parse(
  readFileSync(new URL("../../../conformance/openmetrics/vectors.json", import.meta.url), "utf8"),
) as { cases: readonly Vector[] };

describe("the parser that our output is held against", () => {
  it.each(cases.filter(({ shouldParse }) => shouldParse))("takes $name", ({ text }) => {
    expect(() => parseOpenMetrics(text)).not.toThrow();
  });

  it.each(cases.filter(({ shouldParse }) => !shouldParse))("refuses $name", ({ text }) => {
    expect(() => parseOpenMetrics(text)).toThrow();
  });
});
