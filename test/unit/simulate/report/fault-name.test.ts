import { expect, it } from "vitest";
import { faultName } from "../../../../src/simulate/report/fault-name.ts";

it.each([
  [{ type: "outage", target: { type: "cloud", cloud: "aws" } }, "cloud aws out"],
  [{ type: "down", target: { type: "region", cloud: "aws", region: "us-east-1" } }, "region aws/us-east-1 down"],
  [{ type: "gray", target: { type: "endpoint", id: "a" }, errorPercent: 20 }, "a fails 20 %"],
  [{ type: "capacity-cut", target: { type: "all" }, percent: 50 }, "50 % of everything left"],
  [{ type: "partition", from: "all" }, "state plane out of reach"],
  [{ type: "path-loss", target: { type: "endpoint", id: "a" }, from: "weur" }, "weur cannot reach a"],
] as const)("says what %o is", (fault, text) => {
  expect(faultName(fault)).toBe(text);
});
