import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { SimulationResult } from "../../simulate/result.ts";
import { installation } from "../installation.ts";
import type { Job, JobMessage } from "./job.ts";

export interface Playing {
  /** In the order of the jobs, whichever ended first. Rejects when a run throws: that is a bug. */
  readonly results: Promise<readonly SimulationResult[]>;
  /** 0..1 of all jobs. */
  progress(): number;
  /** Ends the threads; `results` then never settles. */
  stop(): Promise<void>;
}

/**
 * Plays game days in threads, as many at a time as there are cores, so that this one stays free for signals and the
 * progress bar.
 *
 * - `jobs`: at least one.
 */
export function play(jobs: readonly Job[]): Playing {
  const results = new Array<SimulationResult>(jobs.length);
  const shares = new Array<number>(jobs.length).fill(0);
  const workers: Worker[] = [];
  let next = 0;
  let left = jobs.length;
  const all = new Promise<readonly SimulationResult[]>((resolve, reject) => {
    const start = () => {
      const worker = new Worker(installation().simulateEntry);
      workers.push(worker);
      let current = -1;
      const take = () => {
        current = next++;
        if (current < jobs.length) worker.postMessage(jobs[current]);
        else void worker.terminate();
      };
      worker.on("error", reject);
      worker.on("message", (message: JobMessage) => {
        if (message.type === "progress") {
          shares[current] = message.share;
          return;
        }
        results[current] = message.result;
        shares[current] = 1;
        left -= 1;
        take();
        if (left === 0) resolve(results);
      });
      take();
    };
    for (let thread = 0; thread < Math.min(jobs.length, availableParallelism()); thread++) start();
  });
  return {
    results: all,
    progress: () => shares.reduce((sum, share) => sum + share, 0) / jobs.length,
    stop: async () => void (await Promise.all(workers.map((worker) => worker.terminate()))),
  };
}
