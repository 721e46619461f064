import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeValue, judge, OPERATORS, readAssertion } from "../../../../src/cli/simulate/assertion.ts";
import { METRICS, SCOPES } from "../../../../src/simulate/report/metrics.ts";
import { CALM, resultOf, windowOf } from "../../simulate/report/results.ts";

function assertion(text: string) {
  const read = readAssertion(text);
  if (!read.ok) throw new Error(read.message);
  return read.value;
}

const withSuccess = (success: number) => {
  const { windows } = resultOf();
  return resultOf({ windows: { ...windows, whole: windowOf({ success }) } });
};

describe("readAssertion", () => {
  it.each([
    ["success>=99.9%", "whole", "success", ">=", 0.999],
    ["during.success > 0.999", "during", "success", ">", 0.999],
    ["p99.9<=300ms", "whole", "p99.9", "<=", 300],
    [" after.p99.9 < 1.5s ", "after", "p99.9", "<", 1_500],
    ["detect<=1m30s", "whole", "detect", "<=", 90_000],
    ["retries<0.05", "whole", "retries", "<", 0.05],
    ["cost<=$0.35", "whole", "cost", "<=", 0.35],
    ["shed<=1 %", "whole", "shed", "<=", 0.01],
  ])("reads %s", (text, scope, metric, operator, limit) => {
    const read = assertion(text);
    expect([read.scope, read.metric.name, read.operator, read.limit]).toEqual([scope, metric, operator, limit]);
  });

  it.each([
    ["success>=99.9", "a percentage"],
    ["p99<300", "a duration"],
    ["cost<=cheap", "an amount"],
    ["during.detect<1s", "whole day only"],
    ["success", "expected [SCOPE.]METRIC"],
    ["success=>1", "expected [SCOPE.]METRIC"],
    ["", "expected [SCOPE.]METRIC"],
  ])("refuses %s and says what was expected", (text, expected) => {
    expect(readAssertion(text)).toMatchObject({ ok: false, message: expect.stringContaining(expected) });
  });

  it.each([
    ["succes>=1", "success"],
    ["durin.p50<1s", "during"],
  ])("says what %s was probably meant to be", (text, suggestion) => {
    expect(readAssertion(text)).toMatchObject({ ok: false, suggestion });
  });

  it("reads everything that the grammar can say, with or without spaces", () => {
    const values = {
      ratio: ["99.95%", 0.9995],
      ms: ["250ms", 250],
      count: ["0.25", 0.25],
      dollars: ["$1.5", 1.5],
    } as const;
    const space = fc.constantFrom("", " ", "  ");
    const any = fc.record({
      metric: fc.constantFrom(...METRICS),
      scope: fc.option(fc.constantFrom(...SCOPES)),
      operator: fc.constantFrom(...OPERATORS),
      before: space,
      after: space,
    });
    fc.assert(
      fc.property(any, ({ metric, scope, operator, before, after }) => {
        const [text, limit] = values[metric.unit];
        const part = scope === null || !metric.isScoped ? "" : `${scope}.`;
        const read = assertion(`${part}${metric.name}${before}${operator}${after}${text}`);
        expect([read.metric.name, read.operator, read.limit]).toEqual([metric.name, operator, limit]);
        expect(read.scope).toBe(part === "" ? "whole" : scope);
      }),
    );
  });

  it("never throws, whatever is typed", () => {
    const piece = fc.constantFrom("success", "during", ".", ">=", "<", "99", "%", "ms", " ", "$", "é");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join("")),
        ),
        (text) => {
          const read = readAssertion(text);
          expect(read.ok || read.message.length > 0).toBe(true);
        },
      ),
    );
  });
});

describe("judge", () => {
  it.each([
    ["success>=99.9%", 0.999, "holds"],
    ["success>99.9%", 0.999, "fails"],
    ["success<=99.9%", 0.999, "holds"],
    ["success<99.9%", 0.999, "fails"],
    ["success>=99.9%", 0.99899, "fails"],
  ])("%s of %d %s", (text, success, verdict) => {
    expect(judge(assertion(text), withSuccess(success))).toBe(verdict);
  });

  it("takes what never happened as infinitely late", () => {
    expect(judge(assertion("detect<=1h"), resultOf({ detectMs: null }))).toBe("fails");
    expect(judge(assertion("recover>=1h"), resultOf({ recoverMs: null }))).toBe("holds");
  });

  it("has nothing to hold a calm day to that is about faults", () => {
    expect(judge(assertion("detect<=1s"), resultOf({ scenario: CALM }))).toBe("absent");
    expect(judge(assertion("during.success>=99%"), resultOf({ scenario: CALM }))).toBe("absent");
  });
});

describe("describeValue", () => {
  it("shows enough digits to tell the value from the limit", () => {
    expect(describeValue(assertion("success>=99.9%"), withSuccess(0.98))).toBe("98.00 %");
    expect(describeValue(assertion("success>=99.9%"), withSuccess(0.9989999))).toBe("99.89999 %");
    expect(describeValue(assertion("detect<=1s"), resultOf({ detectMs: null }))).toBe("never");
  });
});
