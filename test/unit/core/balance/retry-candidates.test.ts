import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partition } from "../../../../src/core/balance/candidates.ts";
import { createRetryScratch, excludeTried } from "../../../../src/core/balance/retry-candidates.ts";
import type { Service } from "../../../../src/core/mesh.ts";
import { columnsOf, serviceOf } from "./fixture.ts";

const clouds = serviceOf([
  { cloud: "aws", region: "us" },
  { cloud: "aws", region: "us" },
  { cloud: "aws", region: "eu" },
  { cloud: "gcp", region: "us" },
  { cloud: "azure", region: "eu", priority: 1 },
]);
const strict: Service = { ...clouds, failover: { ...clouds.failover, priorities: "strict" } };

function next(service: Service, tried: readonly number[], available?: readonly number[]): number[] | null {
  const levels = partition({
    service,
    available: Uint8Array.from(service.endpoints, (_, e) => available?.[e] ?? 1),
    weight: columnsOf(service).weight,
  });
  const candidates = excludeTried(levels, tried, createRetryScratch(service));
  return candidates && [...candidates.index.subarray(0, candidates.count)];
}

describe("excludeTried", () => {
  it.each([
    ["leaves the cloud that failed, in the same priority first", [0], undefined, [3]],
    ["leaves the cloud for another priority when that is all there is", [0], [1, 1, 1, 0, 1], [4]],
    ["leaves the region when there is no other cloud", [0], [1, 1, 1, 0, 0], [2]],
    ["stays in the region when there is nothing else", [0], [1, 1, 0, 0, 0], [1]],
    ["leaves all clouds that failed", [0, 3], undefined, [4]],
    ["comes back to an earlier cloud rather than stay in the last", [0, 4, 3], undefined, [2]],
    ["reuses what was tried when nothing else is left, but not the last", [0, 3, 0], [1, 0, 0, 1, 0], [3]],
    ["reuses the last when it is the only one", [0], [1, 0, 0, 0, 0], [0]],
  ] as const)("%s", (_, tried, available, expected) => {
    expect(next({ ...clouds, panicThreshold: 0 }, tried, available)).toEqual(expected);
  });

  it("keeps the first retry in a strict priority, and leaves the cloud from the second on", () => {
    expect(next(strict, [0], [1, 1, 1, 0, 1])).toEqual([2]);
    expect(next(strict, [0, 2], [1, 1, 1, 0, 1])).toEqual([4]);
  });

  it("prefers available endpoints in panic, then the others, before it repeats", () => {
    const panic = serviceOf([{}, {}, {}]);
    expect(next(panic, [1], [1, 0, 0])).toEqual([0]);
    expect(next(panic, [1, 0], [1, 0, 0])).toEqual([2]);
    expect(next(panic, [0], [1, 0, 0])).toEqual([1, 2]);
  });

  it("takes an unnamed cloud for nobody's failure domain", () => {
    const service = serviceOf([{}, {}, { cloud: "aws" }, { cloud: "aws" }]);
    expect(next(service, [0])).toEqual([1, 2, 3]);
    expect(next(service, [2])).toEqual([0, 1]);
  });

  it("has nothing where nothing may be used", () => {
    const fail: Service = { ...clouds, failover: { ...clouds.failover, allOut: "fail" } };
    expect(next(fail, [0], [0, 0, 0, 0, 0])).toBeNull();
  });

  it("never repeats an endpoint while an available one is left, and always ascends", () => {
    const endpoint = fc.record({
      cloud: fc.constantFrom("", "aws", "gcp"),
      region: fc.constantFrom("", "us", "eu"),
      priority: fc.nat(2),
      available: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(endpoint, { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (list, attempts, isStrict) => {
          const base = serviceOf(list);
          const service: Service = isStrict ? { ...base, failover: { ...base.failover, priorities: "strict" } } : base;
          const tried = attempts.map((n) => n % list.length);
          const available = list.map((e) => (e.available ? 1 : 0));
          const members = next(service, tried, available)!;
          expect(members.length).toBeGreaterThan(0);
          expect(members).toEqual([...members].sort((a, b) => a - b));
          const left = available.some((isUp, e) => isUp === 1 && !tried.includes(e));
          if (left) for (const e of members) expect([available[e], tried.includes(e)]).toEqual([1, false]);
        },
      ),
      { seed: 5, numRuns: 400 },
    );
  });
});
