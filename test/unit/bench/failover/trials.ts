import type { TrialResult } from "../../../bench/failover/judge.ts";

/** A trial in which nothing went wrong, but for what is given. */
export function trialOf(rest: Partial<TrialResult>): TrialResult {
  return {
    contender: "heddle",
    fault: "hang",
    sent: 1_000,
    failedBefore: 0,
    failedDuring: 0,
    failedAfter: 0,
    failures: {},
    p50Ms: 20,
    p99Ms: 25,
    p99AfterMs: 25,
    share: 0.01,
    shiftSeconds: 0.5,
    backSeconds: 5,
    firstSecond: 2,
    attemptsPerRequest: 1.001,
    maxLateMs: 1,
    perSecond: { failed: [], p99Ms: [], share: [] },
    ...rest,
  };
}
