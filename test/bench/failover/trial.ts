/** One contender under one fault: three origins of its own, an open-loop client, and what each of them saw. */
import { startLoad } from "../../../src/cli/load/run-load.ts";
import type { LoadResult } from "../../../src/cli/load/summary.ts";
import type { Contender } from "../contenders/contender.ts";
import { type FaultCase, LEFT_SHARE } from "./faults.ts";
import { FAULTY, judge, type TrialResult } from "./judge.ts";
import { startTrialOrigin, type TrialOrigin } from "./origins.ts";

export interface TrialPlan {
  readonly rps: number;
  readonly warmUpSeconds: number;
  readonly faultSeconds: number;
  readonly healSeconds: number;
  readonly seed: number;
}

/** A person has gone by then, and the proxies' own limit for two attempts has passed. */
const CLIENT_TIMEOUT_MS = 5_000;
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

function passed(atMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - performance.now())));
}
