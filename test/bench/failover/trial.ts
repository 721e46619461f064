/** One contender under one fault: three origins of its own, an open-loop client, and what each of them saw. */
import { startLoad } from "../../../src/cli/load/run-load.ts";
import { type LoadResult, percentile } from "../../../src/cli/load/summary.ts";
import type { Contender } from "../contenders/contender.ts";
import { type FaultCase, LEFT_SHARE } from "./faults.ts";
import { startTrialOrigin, type TrialOrigin } from "./origins.ts";
import { type Arrivals, countIn, type Period, secondsUntil, shareIn } from "./share.ts";

export interface TrialPlan {
  readonly rps: number;
  readonly warmUpSeconds: number;
  readonly faultSeconds: number;
  readonly healSeconds: number;
  readonly seed: number;
}

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

/** A person has gone by then, and the proxies' own limit for two attempts has passed. */
const CLIENT_TIMEOUT_MS = 5_000;
/** Four fifths of a third: chance alone keeps a fair share above it. */
const BACK_SHARE = 0.8 / 3;
const FAULTY = 1;
const WARM_UP = { requests: 400, lanes: 8 };

/** Runs one trial. Throws when the contender does not start, or ends by itself. */
export async function runTrial(contender: Contender, fault: FaultCase, plan: TrialPlan): Promise<TrialResult> {
  const origins = await Promise.all(
    ["aws", "gcp", "azure"].map((id, index) => startTrialOrigin(id, plan.seed * 3 + index)),
  );
  try {
    const running = await contender.start(origins);
    let lastWords: string | null = null;
    void running.exited.then((words) => {
      lastWords = words;
    });
    try {
      await warmUp(running.url);
      const result = await observe(contender, running.url, origins, fault, plan);
      if (lastWords !== null) throw new Error(`${contender.name} ended during the trial: ${lastWords}`);
      return result;
    } finally {
      await running.stop();
    }
  } finally {
    await Promise.all(origins.map((origin) => origin.close()));
  }
}

/**
 * A few requests before the many: what is measured is a contender in operation, not how it starts. Without it, code that is
 * not compiled yet meets the full rate, and on a busy machine never catches up.
 */
async function warmUp(url: string): Promise<void> {
  const lane = async () => {
    for (let i = 0; i < WARM_UP.requests / WARM_UP.lanes; i++) await (await fetch(`${url}/items/${i}`)).arrayBuffer();
  };
  await Promise.all(Array.from({ length: WARM_UP.lanes }, lane));
}

async function observe(
  contender: Contender,
  url: string,
  origins: readonly TrialOrigin[],
  fault: FaultCase,
  plan: TrialPlan,
): Promise<TrialResult> {
  const results: LoadResult[] = [];
  const startedAtMs = performance.now();
  const load = startLoad({
    url: (index) => `${url}/items/${index}`,
    rps: plan.rps,
    seconds: plan.warmUpSeconds + plan.faultSeconds + plan.healSeconds,
    timeoutMs: CLIENT_TIMEOUT_MS,
    onResult: (result) => results.push(result),
  });
  const faulty = origins[FAULTY]!;
  await passed(startedAtMs + plan.warmUpSeconds * 1_000);
  const faultAtMs = performance.now();
  await faulty.set(fault.fault, fault.resets === true);
  await passed(faultAtMs + plan.faultSeconds * 1_000);
  const { comesBack } = fault;
  await faulty.set(comesBack?.fault ?? {}, false);
  const healAtMs = performance.now();
  if (comesBack !== undefined) {
    await passed(healAtMs + comesBack.forMs);
    await faulty.set({}, false);
  }
  const summary = await load.done;
  return {
    contender: contender.name,
    fault: fault.name,
    sent: summary.sent,
    maxLateMs: summary.maxLateMs,
    ...judge(
      results,
      origins.map(({ attemptsAtMs }) => attemptsAtMs),
      { startedAtMs, faultAtMs, healAtMs, endAtMs: startedAtMs + summary.seconds * 1_000 },
      fault.leftShare ?? LEFT_SHARE,
    ),
  };
}

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

function passed(atMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - performance.now())));
}
