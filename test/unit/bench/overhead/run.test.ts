import { expect, it } from "vitest";
import { overheadRows } from "../../../bench/overhead/run.ts";

const sample = (requestsPerSecond: number, cpuUs: number) => ({
  requestsPerSecond,
  cpuUs,
  p50Ms: 1,
  p99Ms: 2,
  busyRatio: 0.9,
  failed: 1,
});

it("compares each round with the bare Worker's of the same round", () => {
  // The machine is half as fast in the second round; the ratio does not show it.
  const samples = new Map([
    ["nginx", [sample(8_000, 20), sample(4_000, 40), sample(9_000, 20)]],
    ["bare", [sample(1_000, 100), sample(500, 200), sample(1_000, 100)]],
  ]);
  const [nginx, bare] = overheadRows(samples, 16);
  expect(nginx).toMatchObject({ contender: "nginx", connections: 16, requestsPerSecond: 8_000, cpuUs: 20, failed: 3 });
  expect(nginx!.vsBare!.requestsPerSecond).toEqual({ median: 8, low: 8, high: 9 });
  expect(nginx!.vsBare!.cpu).toEqual({ median: 0.2, low: 0.2, high: 0.2 });
  expect(bare!.vsBare!.p99).toEqual({ median: 1, low: 1, high: 1 });
});

it("gives no ratios without a bare Worker", () => {
  expect(overheadRows(new Map([["nginx", [sample(1, 1)]]]), 1)[0]!.vsBare).toBeNull();
});
