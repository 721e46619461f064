import { describe, expect, it } from "vitest";
import { type EjectionQuestion, mayEject } from "../../../../src/core/health/ejection-ceiling.ts";

const base: EjectionQuestion = {
  endpoint: 0,
  clouds: ["aws", "aws", "aws", "gcp"],
  out: [false, false, false, false],
  capacityRps: new Float64Array(4).fill(Number.POSITIVE_INFINITY),
  demandRps: 100,
  maxEjectionPercent: 50,
  minEjectionHosts: 1,
};

describe("the ejection ceiling", () => {
  it("always allows the configured number of hosts", () => {
    expect(mayEject({ ...base, maxEjectionPercent: 0 })).toEqual({ allowed: true, rule: "hosts" });
    expect(mayEject({ ...base, maxEjectionPercent: 0, minEjectionHosts: 0 }).allowed).toBe(false);
  });

  it("allows what the percentage allows", () => {
    expect(mayEject({ ...base, out: [false, true, false, false] })).toEqual({ allowed: true, rule: "percent" });
  });

  it("ejects a whole failing cloud as one outage", () => {
    expect(mayEject({ ...base, out: [false, true, true, false] })).toEqual({ allowed: true, rule: "domain" });
  });

  it.each<[string, Partial<EjectionQuestion>, string]>([
    ["another cloud is out too", { out: [false, true, false, true] }, "not all of them in aws"],
    [
      "there is no other cloud",
      { clouds: ["aws", "aws", "aws", "aws"], out: [false, true, true, false] },
      "no other cloud",
    ],
    ["the clouds are not named", { clouds: ["", "", "", ""], out: [false, true, true, false] }, "3 of 4 endpoints"],
    [
      "the others could not carry the demand",
      { out: [false, true, true, false], capacityRps: Float64Array.of(90, 90, 90, 99) },
      "could not carry",
    ],
  ])("refuses and says why when %s", (_, change, why) => {
    const answer = mayEject({ ...base, ...change });
    expect(answer.allowed).toBe(false);
    expect(!answer.allowed && answer.why).toContain(why);
  });
});
