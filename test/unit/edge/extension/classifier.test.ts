import { describe, expect, it } from "vitest";
import type { Classified } from "../../../../src/edge/classify.ts";
import { type Classifier, classifierOf, statusAs } from "../../../../src/edge/extension/classifier.ts";
import { createExtensions } from "../../../../src/edge/extension/extensions.ts";

const OK: Classified = { outcome: "ok", neverSent: false };
const FAILED: Classified = { outcome: "5xx", neverSent: false };

function judge(classifier: Classifier, byStatus = OK, settings: Record<string, unknown> = {}) {
  const extensions = createExtensions({ classifiers: { mine: classifier } });
  const classify = classifierOf({ name: "mine", settings }, extensions)!;
  const judged = classify(new Response(null, { headers: { "x-said": "yes" } }), byStatus);
  return { judged, faults: extensions.faults.get('outcome classifier "mine"')?.count ?? 0 };
}

describe("a classifier from code", () => {
  it.each([
    ["ok", "ok"],
    ["failure", "5xx"],
    ["throttled", "throttled"],
  ] as const)("that says %s makes the outcome %s", (verdict, outcome) => {
    expect(judge(() => verdict, FAILED).judged).toEqual({ outcome, neverSent: false });
  });

  it("leaves the answer to its status when it says nothing", () => {
    expect(judge(() => undefined, FAILED)).toEqual({ judged: FAILED, faults: 0 });
  });

  it("is told status, headers and settings", () => {
    const seen: unknown[] = [];
    judge(({ status, headers }, settings) => void seen.push(status, headers.get("x-said"), settings), OK, { a: 1 });
    expect(seen).toEqual([200, "yes", { a: 1 }]);
  });

  it.each<[string, () => unknown]>([
    ["another word", () => "5xx"],
    ["a name that every object has", () => "constructor"],
    ["null", () => null],
    ["a promise", async () => "ok"],
    [
      "an exception",
      () => {
        throw new Error("oh");
      },
    ],
  ])("leaves the answer to its status, and is noted, when it gives %s", (_, classifier) => {
    expect(judge(classifier as Classifier)).toEqual({ judged: OK, faults: 1 });
  });

  it("is none where none is named", () => {
    expect(classifierOf(undefined, createExtensions())).toBeNull();
  });
});

describe("statusAs", () => {
  it.each([
    ["keeps the status that fits", FAILED, FAILED, 503, 503],
    ["takes a good-looking failure for a 500", FAILED, OK, 200, 500],
    ["takes a meant error for a 200", OK, FAILED, 503, 200],
    ["takes a plea for less for a 429", { outcome: "throttled", neverSent: false }, OK, 200, 429],
  ] as const)("%s", (_, judged, byStatus, status, expected) => {
    expect(statusAs(judged, byStatus, status)).toBe(expected);
  });
});
