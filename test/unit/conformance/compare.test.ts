import { describe, expect, it } from "vitest";
import type { CaseExpectation, CaseRequest } from "../../conformance/case.ts";
import { difference } from "../../conformance/compare/compare.ts";
import { mirrorCountDifference, shareDifference } from "../../conformance/compare/shares.ts";
import type { Answer } from "../../conformance/run/send.ts";

const request: CaseRequest = { method: "GET", scheme: "http", host: "", path: "/cart" };
const echo = {
  path: "/cart",
  host: "a.example",
  method: "GET",
  headers: { "x-a": ["1", "2"] },
  namespace: "shop",
  pod: "cart-v1-abc-def",
};

function answer(status: number, headers: Record<string, string | string[]> = {}, body: unknown = echo): Answer {
  const all = { "content-type": "application/json", ...headers };
  return {
    status,
    headers: new Map(Object.entries(all).map(([name, value]) => [name, typeof value === "string" ? [value] : value])),
    body: JSON.stringify(body),
  };
}

const backend = {
  path: "/cart",
  host: "a.example",
  method: "GET",
  namespace: "shop",
  podPrefix: "cart-v1",
  headers: { "X-A": "1,2" },
  absentHeaders: ["X-B"],
};

describe("difference", () => {
  it.each<[string, CaseExpectation, Answer, RegExp | null]>([
    ["what is all as expected", { statusCodes: [200], backend }, answer(200), null],
    ["another status", { statusCodes: [200] }, answer(404), /status 404/],
    ["one timeout for the other", { statusCodes: [408] }, answer(504), null],
    ["a timeout where none is expected", { statusCodes: [500] }, answer(504), /status 504/],
    ["another path", { backend: { path: "/other" } }, answer(200), /path/],
    ["another pod", { backend: { podPrefix: "cart-v2" } }, answer(200), /cart-v1-abc-def/],
    ["another namespace", { backend: { namespace: "pay" } }, answer(200), /namespace/],
    ["another host", { backend: { host: "b.example" } }, answer(200), /host/],
    ["a missing header at the backend", { backend: { headers: { "x-z": "1" } } }, answer(200), /x-z/],
    ["a header too many at the backend", { backend: { absentHeaders: ["X-A"] } }, answer(200), /X-A/],
    ["an answer that is no echo", { backend: { path: "" } }, answer(200, { "content-type": "text/plain" }), null],
    [
      "nothing of the backend when the status is an error",
      { statusCodes: [500], backend: { path: "/x" } },
      answer(500),
      null,
    ],
    ["a header of the answer", { headers: { "X-Set": "1" } }, answer(200, { "x-set": "2" }), /X-Set/],
    ["several values of one header", { headers: { "X-Set": "1,2" } }, answer(200, { "x-set": ["1", "2"] }), null],
    ["white space when it counts", { headers: { "X-Set": "1, 2" } }, answer(200, { "x-set": "1,2" }), /X-Set/],
    [
      "white space when it does not",
      { headers: { "X-Set": "1, 2" }, ignoreWhitespaceInHeaders: true },
      answer(200, { "x-set": "1,2" }),
      null,
    ],
    ["one of several values", { headerOneOf: { allow: ["a", "b"] } }, answer(200, { allow: "b" }), null],
    ["none of several values", { headerOneOf: { allow: ["a", "b"] } }, answer(200, { allow: "c" }), /allow/],
    ["a header too many", { absentHeaders: ["X-Set"] }, answer(200, { "x-set": "" }), /X-Set/],
    ["what must not be", { not: { statusCodes: [200] } }, answer(200), /200/],
    ["anything else than what must not be", { not: { statusCodes: [200] } }, answer(502), null],
  ])("judges %s", (_, expected, got, fault) => {
    const found = difference(request, expected, got);
    if (fault === null) expect(found).toBeNull();
    else expect(found).toMatch(fault);
  });

  const to = (location: string) => answer(302, { location });
  const redirect = { scheme: "http", host: "example.org", port: null, path: "/x" };

  it.each([
    ["http://example.org/x", true],
    ["http://example.org:80/x", true],
    ["http://example.org:8080/x", false],
    ["https://example.org/x", false],
    ["http://example.com/x", false],
    ["http://example.org/y", false],
    ["/x", false],
  ])("judges a redirect to %s", (location, isGood) => {
    expect(difference(request, { statusCodes: [302], redirect }, to(location)) === null).toBe(isGood);
  });

  it("wants a port that is named", () => {
    const expected = { statusCodes: [302], redirect: { ...redirect, port: "8080" } };
    expect(difference(request, expected, to("http://example.org:8080/x"))).toBeNull();
    expect(difference(request, expected, to("http://example.org/x"))).toMatch(/port/);
  });
});

describe("shareDifference", () => {
  const shares = { a: 0.7, b: 0.3, c: 0 };

  it("allows the tolerance, nothing for a share of 0, and no strangers", () => {
    expect(
      shareDifference(
        new Map([
          ["a", 74],
          ["b", 26],
        ]),
        shares,
        100,
        0.05,
      ),
    ).toBeNull();
    expect(
      shareDifference(
        new Map([
          ["a", 76],
          ["b", 24],
        ]),
        shares,
        100,
        0.05,
      ),
    ).toMatch(/^a got 0.76/);
    expect(
      shareDifference(
        new Map([
          ["a", 70],
          ["b", 29],
          ["c", 1],
        ]),
        shares,
        100,
        0.05,
      ),
    ).toMatch(/^c got/);
    expect(
      shareDifference(
        new Map([
          ["a", 70],
          ["x", 30],
        ]),
        shares,
        100,
        0.05,
      ),
    ).toMatch(/"x" answered/);
  });
});

describe("mirrorCountDifference", () => {
  it("allows three standard deviations of the binomial", () => {
    // n = 500, p = 0.2: mean 100, deviation √80 ≈ 8.94, three of them 26.8.
    expect(mirrorCountDifference(126, 500, 0.2, 3)).toBeNull();
    expect(mirrorCountDifference(127, 500, 0.2, 3)).toMatch(/127/);
  });
});
