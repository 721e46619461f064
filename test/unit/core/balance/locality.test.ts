import { describe, expect, it } from "vitest";
import { localityPolicy } from "../../../../src/core/balance/locality.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { candidatesOf, columnsOf, type EndpointSpec, everyOne, fiveSigma, serviceOf, sharesOf } from "./fixture.ts";

const near: EndpointSpec = { near: "weur", cloud: "gcp", region: "europe-west1" };
const far: EndpointSpec = { near: "enam", cloud: "aws", region: "us-east-1" };

function explained(specs: readonly EndpointSpec[], members?: readonly number[], epoch = 1): number[] {
  const service = serviceOf(specs);
  const policy = localityPolicy(service, { region: "weur", rng: seededRng(1) });
  const candidates = members ? candidatesOf(members, epoch) : everyOne(service);
  return specs.map((_, e) => Number(policy.explain!(columnsOf(service), candidates, e, 0).share!.toFixed(3)));
}

describe("locality", () => {
  it("keeps everything near while the near ones are well", () => {
    expect(explained([far, near, near])).toEqual([0, 0.5, 0.5]);
  });

  it.each([
    // Two of three near: 140 % of 66 is 93; the far one takes the rest.
    ["a third is out", [0, 1, 3], [0.465, 0.465, 0, 0.07]],
    ["two thirds are out", [0, 3], [0.46, 0, 0, 0.54]],
    ["all near ones are out", [3], [0, 0, 0, 1]],
  ] as const)("spills by health when %s", (_, members, expected) => {
    expect(explained([near, near, near, far], members)).toEqual(expected);
  });

  it("counts only endpoints of the priority it is asked for", () => {
    const standby = { ...near, priority: 1 };
    expect(explained([near, far, standby, standby], [0, 1])).toEqual([1, 0, 0, 0]);
  });

  it("burdens a dead endpoint's own locality first", () => {
    // Two clouds equally near, three endpoints each, one out: 93 against 100 by locality, not 2 against 3.
    const other = { ...near, cloud: "azure" };
    const shares = explained([near, near, near, other, other, other], [0, 1, 3, 4, 5]);
    expect(shares.slice(0, 2).reduce((sum, share) => sum + share, 0)).toBeCloseTo(93 / 193, 2);
  });

  it("goes on to the next place, nearest first, and takes unknown ones for half-way", () => {
    const specs = [{ near: "oc" as const }, { near: null }, { near: "eeur" as const }, near];
    expect(explained(specs)).toEqual([0, 0, 0, 1]);
    expect(explained(specs, [0, 1, 2])).toEqual([0, 0, 1, 0]);
    expect(explained(specs, [0, 1])).toEqual([0, 1, 0, 0]);
  });

  it("moves a retry outwards when the near one was tried", () => {
    expect(explained([near, far, far], [1, 2], 0)).toEqual([0, 0.5, 0.5]);
  });

  it("picks what it explains, endpoints of a locality by weight", () => {
    const service = serviceOf([{ ...near, weight: 1 }, { ...near, weight: 3 }, near, far]);
    const policy = localityPolicy(service, { region: "weur", rng: seededRng(1) });
    const shares = sharesOf(policy, columnsOf(service), candidatesOf([0, 1, 3]), seededRng(2), 20_000);
    [0.93 / 4, (0.93 * 3) / 4, 0, 0.07].forEach((share, e) => {
      expect(Math.abs(shares[e]! - share)).toBeLessThanOrEqual(fiveSigma(share, 20_000));
    });
  });
});
