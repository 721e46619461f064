import { Worker } from "node:worker_threads";
import type { Outcome, Run } from "./run.ts";

/**
 * Plays runs in threads. Gives the outcomes in the order of the runs, whichever ended first.
 *
 * - `jobs`: threads, ≥ 1.
 * - `onOutcome`: called as each run ends.
 *
 * Rejects when a run throws: that is a bug.
 */
export function playAll(
  runs: readonly Run[],
  jobs: number,
  onOutcome: (outcome: Outcome) => void,
): Promise<readonly Outcome[]> {
  const outcomes = new Array<Outcome>(runs.length);
  if (runs.length === 0) return Promise.resolve(outcomes);
  let next = 0;
  let left = runs.length;
  return new Promise((resolve, reject) => {
    for (let thread = 0; thread < Math.min(jobs, runs.length); thread++) {
      const worker = new Worker(new URL("worker.ts", import.meta.url));
      let current = -1;
      const take = () => {
        current = next++;
        if (current < runs.length) worker.postMessage(runs[current]);
        else void worker.terminate();
      };
      worker.on("error", reject);
      worker.on("message", (outcome: Outcome) => {
        outcomes[current] = outcome;
        left -= 1;
        onOutcome(outcome);
        take();
        if (left === 0) resolve(outcomes);
      });
      take();
    }
  });
}
