/** All contenders under all faults, several trials side by side. */
import { fork } from "node:child_process";
import { join } from "node:path";
import type { Contender } from "../contenders/contender.ts";
import type { FaultCase } from "./faults.ts";
import type { TrialResult } from "./judge.ts";
import { MAX_LATE_MS } from "./summary.ts";
import type { TrialPlan } from "./trial.ts";
import type { TrialOrder } from "./trial-process.ts";

export interface FailoverPlan extends TrialPlan {
  readonly contenders: readonly Contender[];
  readonly faults: readonly FaultCase[];
  /** Trials at once. */
  readonly parallel: number;
  /** Trials of each contender under each fault, with seeds of their own. */
  readonly repeats: number;
}

/** Starting and ending the processes of a trial, and waiting for the last answers. */
const AROUND_SECONDS = 2;

/** How long it will take. */
export function failoverSeconds(plan: FailoverPlan): number {
  const trials = plan.contenders.length * plan.faults.length * plan.repeats;
  const each = plan.warmUpSeconds + plan.faultSeconds + plan.healSeconds + AROUND_SECONDS;
  return Math.ceil(trials / plan.parallel) * each;
}

/** Trials in the order they are run: all contenders meet a fault at about the same time. */
export function orders(plan: FailoverPlan): TrialOrder[] {
  const { rps, warmUpSeconds, faultSeconds, healSeconds } = plan;
  const list: TrialOrder[] = [];
  for (let repeat = 0; repeat < plan.repeats; repeat++) {
    const trial = { rps, warmUpSeconds, faultSeconds, healSeconds, seed: plan.seed + repeat };
    for (const fault of plan.faults) {
      for (const contender of plan.contenders) {
        list.push({ contender: contender.name, fault: fault.name, plan: trial });
      }
    }
  }
  return list;
}

/** Runs them all. A trial that breaks is said and left out; throws when none is left. */
export async function runFailover(plan: FailoverPlan, say: (line: string) => void): Promise<TrialResult[]> {
  const waiting = orders(plan);
  const total = waiting.length;
  const results: TrialResult[] = [];
  let done = 0;
  const lane = async () => {
    for (let order = waiting.shift(); order !== undefined; order = waiting.shift()) {
      const outcome = await runApart(order).catch((error: unknown) => String(error));
      done += 1;
      const name = `  [${done}/${total}] ${order.fault}, ${order.contender}`;
      if (typeof outcome === "string") {
        say(`${name}: ${outcome}`);
      } else {
        results.push(outcome);
        const failed = outcome.failedDuring + outcome.failedAfter;
        say(`${name}: ${failed} failed, p99 ${outcome.p99Ms.toFixed(0)} ms${late(outcome)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: plan.parallel }, lane));
  if (results.length === 0) throw new Error("no trial could be run");
  return results;
}

function late({ maxLateMs }: TrialResult): string {
  return maxLateMs > MAX_LATE_MS ? ` (the client was up to ${maxLateMs.toFixed(0)} ms late)` : "";
}

function runApart(order: TrialOrder): Promise<TrialResult> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, "trial-process.ts"), [JSON.stringify(order)], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let said = "";
    child.stderr!.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2_000);
    });
    child.once("message", (result) => resolve(result as TrialResult));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the trial ended with ${code}: ${said}`)));
  });
}
