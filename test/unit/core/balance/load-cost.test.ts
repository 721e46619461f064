import { describe, expect, it } from "vitest";
import { createLoadCost } from "../../../../src/core/balance/load-cost.ts";
import { alike, candidatesOf, columnsOf, everyOne, serviceOf } from "./fixture.ts";

const service = serviceOf(alike(4));

function costs(given: Parameters<typeof columnsOf>[1], averageWeight = 1): number[] {
  const columns = columnsOf(service, given);
  const load = createLoadCost(4);
  load.prepare(columns, everyOne(service), 0);
  return [0, 1, 2, 3].map((e) => Number(load.costOf(columns, e, averageWeight).toFixed(3)));
}

describe("the cost of load", () => {
  it("is the utilisation told, and the median for those that do not tell", () => {
    expect(costs({ load: [0.2, 0.8, Number.NaN, 0.5] })).toEqual([0.3, 0.9, 0.6, 0.6]);
  });

  it("is requests in flight per weight where none tells", () => {
    expect(costs({ inFlight: [0, 4, 4, 8], weight: [1, 1, 2, 4] }, 2)).toEqual([1, 9, 5, 5]);
  });

  it("adds what failures waste", () => {
    expect(costs({ load: [0.2, 0.2, 0.2, 0.2], failureRatio: [0.5, 0.2, 0, Number.NaN] })).toEqual([
      1.3, 0.55, 0.3, 0.3,
    ]);
  });

  it("takes a fast-failing endpoint for as busy as the average", () => {
    // 90 in flight over four are 22.5 each; a ratio of 1 counts as 0.95, 19 wasted.
    expect(costs({ inFlight: [0, 30, 30, 30], failureRatio: [1, 0, 0, 0] })).toEqual([470, 31, 31, 31]);
  });

  it("refreshes the median after 100 ms, for another epoch, and always for epoch 0", () => {
    const columns = columnsOf(service, { load: [0.2, 0.2, Number.NaN, 0.2] });
    const load = createLoadCost(4);
    const unknown = () => Number(load.costOf(columns, 2, 1).toFixed(3));
    load.prepare(columns, everyOne(service), 0);
    columns.load.set([0.8, 0.8, Number.NaN, 0.4]);
    load.prepare(columns, everyOne(service), 99);
    expect(unknown()).toBe(0.3);
    load.prepare(columns, everyOne(service), 100);
    expect(unknown()).toBe(0.9);
    load.prepare(columns, candidatesOf([2, 3], 2), 101);
    expect(unknown()).toBe(0.5);
    load.prepare(columns, candidatesOf([0, 2], 0), 101);
    expect(unknown()).toBe(0.9);
  });
});
