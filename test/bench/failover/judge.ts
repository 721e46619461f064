/** What a trial came to: from the client's results and the origins' records. */
import { type LoadResult, percentile } from "../../../src/cli/load/summary.ts";
import { type Arrivals, countIn, type Period, secondsUntil, shareIn } from "./share.ts";

export interface TrialResult {
  readonly contender: string;
  readonly fault: string;
  readonly sent: number;
  /**
   * Requests without a complete answer below 400: that was certain before the fault; they were due before healing; they
   * were due later.
   */
  readonly failedBefore: number;
  readonly failedDuring: number;
  readonly failedAfter: number;
  /** All failed ones by status, or by what broke when there was none. */
  readonly failures: Readonly<Record<string, number>>;
  /** Over all requests due in the time, failed ones with the time until that was certain. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p99AfterMs: number;
  /** The faulty origin's share of the attempts while it was faulty, 0..1. */
  readonly share: number;
  /** Seconds until that share is below 5 %, or what the fault says; null: not while it was faulty. */
  readonly shiftSeconds: number | null;
  /** Seconds from healing until it has four fifths of its fair share; null: not within the time. */
  readonly backSeconds: number | null;
  /** Attempts it got in the first second after healing. */
  readonly firstSecond: number;
  /** Attempts for each request of the client. */
  readonly attemptsPerRequest: number;
  /** Latest the client sent a request, ms: beyond some tens, this machine was too busy. */
  readonly maxLateMs: number;
  /** Second by second from the start: by when requests were due, and when attempts arrived. */
  readonly perSecond: {
    readonly failed: readonly number[];
    readonly p99Ms: readonly number[];
    readonly share: readonly number[];
  };
}

/** Index of the origin that is made to fail. */
export const FAULTY = 1;
/** Four fifths of a third: chance alone keeps a fair share above it. */
const BACK_SHARE = 0.8 / 3;

export interface Moments {
  readonly startedAtMs: number;
  readonly faultAtMs: number;
  readonly healAtMs: number;
  readonly endAtMs: number;
}

type Judgement = Omit<TrialResult, "contender" | "fault" | "sent" | "maxLateMs">;

/**
 * What the client's results and the origins' records say.
 *
 * - `results`: their times count from `startedAtMs`.
 * - `leftShare`: share of the attempts, 0..1, below which the faulty origin counts as left.
 */
export function judge(
  results: readonly LoadResult[],
  arrivals: Arrivals,
  moments: Moments,
  leftShare: number,
): Judgement {
  const { startedAtMs, faultAtMs, healAtMs, endAtMs } = moments;
  const within = ({ fromMs, toMs }: Period) =>
    results.filter(({ dueAtMs }) => dueAtMs + startedAtMs >= fromMs && dueAtMs + startedAtMs < toMs);
  const failed = (period: Period) => within(period).filter(({ ok }) => !ok);
  // What was under way when the fault came is part of what it broke.
  const before = failed({ fromMs: startedAtMs, toMs: faultAtMs });
  const broken = before.filter(({ doneAtMs }) => doneAtMs + startedAtMs >= faultAtMs).length;
  const latency = (period: Period, percent: number) => {
    const sorted = within(period).map(({ latencyMs }) => latencyMs);
    return percentile(
      sorted.sort((a, b) => a - b),
      percent,
    );
  };
  const during = { fromMs: faultAtMs, toMs: healAtMs };
  const after = { fromMs: healAtMs, toMs: endAtMs };
  const whole = { fromMs: startedAtMs, toMs: Number.POSITIVE_INFINITY };
  const attempts = arrivals.reduce((sum, each) => sum + countIn(each, whole), 0);
  const seconds = Array.from({ length: Math.ceil((endAtMs - startedAtMs) / 1_000) }, (_, i) => {
    const fromMs = startedAtMs + i * 1_000;
    return { fromMs, toMs: fromMs + 1_000 };
  });
  return {
    failedBefore: before.length - broken,
    failedDuring: failed(during).length + broken,
    failedAfter: failed(after).length,
    failures: Object.fromEntries([...Map.groupBy(failed(whole), kindOf)].map(([kind, all]) => [kind, all.length])),
    p50Ms: latency(during, 50),
    p99Ms: latency(during, 99),
    p99AfterMs: latency(after, 99),
    share: shareIn(arrivals, FAULTY, during),
    shiftSeconds: secondsUntil(arrivals, FAULTY, during, (share) => share < leftShare),
    backSeconds: secondsUntil(arrivals, FAULTY, after, (share) => share >= BACK_SHARE),
    firstSecond: countIn(arrivals[FAULTY]!, { fromMs: healAtMs, toMs: healAtMs + 1_000 }),
    attemptsPerRequest: attempts / results.length,
    perSecond: {
      failed: seconds.map((second) => failed(second).length),
      p99Ms: seconds.map((second) => latency(second, 99)),
      share: seconds.map((second) => shareIn(arrivals, FAULTY, second)),
    },
  };
}

function kindOf({ status, error }: LoadResult): string {
  return error === "" ? String(status) : error;
}
