/** Results of game days made by hand: a day of 500 requests/s in which one endpoint of three is away for two minutes. */

import type { SimulationResult, Transition, WindowSummary } from "../../../../src/simulate/result.ts";
import type { Scenario } from "../../../../src/simulate/scenario.ts";

export const CLOUD_OUTAGE: Scenario = {
  name: "cloud-outage=aws",
  faults: [
    { fault: { type: "outage", target: { type: "cloud", cloud: "aws" } }, atMs: 30_000, forMs: 120_000 },
    { fault: { type: "surge", factor: 1.4 }, atMs: 60_000, forMs: 30_000 },
  ],
};

export const CALM: Scenario = { name: "none", faults: [] };

const BUCKETS = 240;
const IDS = ["aws", "gcp", "azure"] as const;

export function windowOf(rest: Partial<WindowSummary> = {}): WindowSummary {
  return {
    fromMs: 0,
    toMs: 240_000,
    requests: 120_000,
    success: 0.9993,
    withinSlo: 0.991,
    p50Ms: 61.3,
    p99Ms: 412,
    p999Ms: 1_830,
    retriesPerRequest: 0.011,
    shed: 0,
    ...rest,
  };
}

const EMPTY = { requests: 0, success: Number.NaN, p50Ms: Number.NaN, p99Ms: Number.NaN, p999Ms: Number.NaN };

export function resultOf(rest: Partial<SimulationResult> = {}): SimulationResult {
  const scenario = rest.scenario ?? CLOUD_OUTAGE;
  const isCalm = scenario.faults.length === 0;
  const seconds = Array.from({ length: BUCKETS }, (_, second) => second);
  const isOut = (second: number) => !isCalm && second >= 30 && second < 150;
  const isSurging = (second: number) => !isCalm && second >= 60 && second < 90;
  const wave = (second: number, phase: number) => Math.sin(second / 7 + phase) * 9 + Math.sin(second / 2.3 + phase) * 4;
  const requests = seconds.map((second) => Math.round((isSurging(second) ? 700 : 500) + wave(second, 0)));
  const awsShare = (second: number) => {
    if (isCalm || second < 30) return 1 / 3;
    if (second < 150) return Math.max(0.002, 0.33 - (second - 29) * 0.15);
    return Math.min(1 / 3, 0.01 + (second - 150) * 0.025);
  };
  const attempts = IDS.map((_, index) =>
    seconds.map((second) => {
      const share = index === 0 ? awsShare(second) : (1 - awsShare(second)) * (index === 1 ? 0.52 : 0.48);
      return Math.round(requests[second]! * share);
    }),
  );
  const load = (second: number) => 1 + (isOut(second) ? 0.5 : 0) + (isSurging(second) ? 0.6 : 0);
  const isDetecting = (second: number) => !isCalm && second >= 30 && second < 34;
  return {
    scenario,
    policy: "adaptive",
    seed: 1,
    sloMs: 500,
    durationMs: BUCKETS * 1_000,
    windows: isCalm
      ? { before: windowOf(), during: windowOf(EMPTY), after: windowOf(EMPTY), whole: windowOf() }
      : {
          before: windowOf({ toMs: 30_000, requests: 15_000, success: 1, p99Ms: 160 }),
          during: windowOf({ fromMs: 30_000, toMs: 155_000, requests: 68_000, success: 0.9981, shed: 0.0004 }),
          after: windowOf({ fromMs: 155_000, requests: 42_000, success: 1, p99Ms: 170 }),
          whole: windowOf(),
        },
    detectMs: isCalm ? null : 2_100,
    recoverMs: isCalm ? null : 13_400,
    endpoints: IDS.map((id, index) => ({
      id,
      service: "shop",
      cloud: id,
      region: ["us-east-1", "europe-west1", "southeastasia"][index]!,
      isFaulty: !isCalm && index === 0,
      share:
        index === 0 && !isCalm
          ? { before: 0.333, during: 0.009, after: 0.27 }
          : { before: 0.333, during: 0.49, after: 0.36 },
      utilisation: index === 0 ? 0.41 : 0.72,
    })),
    timeline: {
      bucketMs: 1_000,
      atMs: seconds.map((second) => second * 1_000),
      requests,
      failed: seconds.map((second) => (isDetecting(second) ? 40 - (second - 30) * 10 : 0)),
      retries: seconds.map((second) => (isDetecting(second) ? 150 - (second - 30) * 30 : isOut(second) ? 2 : 0)),
      shed: seconds.map((second) => (isSurging(second) && second < 66 ? 14 : 0)),
      p50Ms: seconds.map((second) => 58 * load(second) + wave(second, 1) / 4),
      p90Ms: seconds.map((second) => 110 * load(second) + wave(second, 2) / 2),
      p99Ms: seconds.map((second) => (isDetecting(second) ? 1_900 : 165 * load(second) ** 1.6 + wave(second, 3))),
      attempts,
    },
    transitions: isCalm ? [] : TRANSITIONS,
    syncs: 9_400,
    exchanges: 410,
    costPerMillion: 0.4213,
    wallMs: 1_730,
    requestsPerWallSecond: 69_000,
    ...rest,
  };
}

const TRANSITIONS: readonly Transition[] = ["enam", "weur", "apac"].flatMap((scope, index) => [
  { atMs: 31_200 + index * 700, endpoint: "aws", scope, to: "open", cause: "CUSUM of failures" } as const,
  { atMs: 36_000 + index * 500, endpoint: "aws", scope, to: "half-open", cause: "ejection time is over" } as const,
  { atMs: 39_000 + index * 500, endpoint: "aws", scope, to: "open", cause: "probe failed" } as const,
  { atMs: 151_000 + index * 400, endpoint: "aws", scope, to: "half-open", cause: "ejection time is over" } as const,
  { atMs: 152_200 + index * 400, endpoint: "aws", scope, to: "closed", cause: "3 probes succeeded" } as const,
]);
