/**
 * Load on an edge, and where its attempts went: every attempt counts, not only the ones that were answered. With
 * HEDDLE_SHOW_TRAFFIC set, each run prints its table.
 */

import { startLoad } from "../../../src/cli/load/run-load.ts";
import type { LoadResult, LoadSummary } from "../../../src/cli/load/summary.ts";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import type { Machine } from "./machine.ts";

export interface TrafficOptions {
  readonly host: string;
  readonly rps: number;
  readonly seconds: number;
  readonly method?: string;
  readonly path?: string;
}

export interface Traffic {
  /** Since the start of the run. */
  elapsedMs(): number;
  /** Sends no more. */
  stop(): void;
  readonly done: Promise<TrafficReport>;
}

export interface TrafficReport {
  readonly summary: LoadSummary;
  readonly results: readonly LoadResult[];
  /** Share of all attempts for requests due in [fromMs, toMs) that went to the endpoint; 0 for no attempts. */
  share(endpoint: string, fromMs: number, toMs?: number): number;
  /** Attempts at the endpoint for requests due in [fromMs, toMs). */
  attempts(endpoint: string, fromMs: number, toMs?: number): number;
  /**
   * Failed requests. Where and while the machine stood still, those without any answer: no endpoint answers in time then, and none
   * can carry what is asked of it, so that attempts time out, requests are shed and retries are cut. Where it collapsed, not even
   * those of that while. But all are counted, whatever the machine did, where endpoints that refuse or break at once were not made up
   * for elsewhere: a budget that is cut lets most be tried again.
   */
  failedOn(machine: Machine): number;
  /** Failed requests, and a table of attempts by second: what an assertion prints. */
  describe(): string;
}

/** Starts an open-loop run of requests. */
export function startTraffic(edge: Edge, options: TrafficOptions): Traffic {
  const results: LoadResult[] = [];
  const startedAt = performance.now();
  const run = startLoad({
    url: `${edge.url}${options.path ?? "/"}`,
    rps: options.rps,
    seconds: options.seconds,
    headers: { host: options.host },
    ...(options.method && { method: options.method }),
    onResult: (result) => results.push(result),
  });
  return {
    elapsedMs: () => performance.now() - startedAt,
    stop: () => void run.stop(),
    done: run.done.then((summary) => {
      const found = report(summary, results, startedAt);
      if (process.env.HEDDLE_SHOW_TRAFFIC) console.log(`${options.host}: ${found.describe()}`);
      return found;
    }),
  };
}

/** Where so few requests met an endpoint that refuses, breaks or answers 5xx, one more attempt is enough to show that there are some. */
const FEW_MET = 5;

/** Whether at least half of the requests that such an endpoint failed got another attempt; of few of them, one. */
function areTriedAgain(results: readonly LoadResult[]): boolean {
  const met = results.map(({ attempts }) => attempts.split(",")).filter(([first]) => FAST_FAILURE.test(first!));
  const again = met.filter((attempts) => attempts.length > 1).length;
  if (met.length <= FEW_MET) return met.length < 2 || again > 0;
  return 2 * again >= met.length;
}

const FAST_FAILURE = /:(connect-failure|reset|5xx)$/;

function report(summary: LoadSummary, results: readonly LoadResult[], startedAt: number): TrafficReport {
  const hits = results.flatMap((result) =>
    result.attempts
      .split(",")
      .filter((entry) => entry !== "")
      .map((entry) => ({ dueAtMs: result.dueAtMs, endpoint: entry.slice(0, entry.lastIndexOf(":")) })),
  );
  const between = (fromMs: number, toMs: number) => hits.filter(({ dueAtMs }) => dueAtMs >= fromMs && dueAtMs < toMs);
  return {
    summary,
    results,
    attempts: (endpoint, fromMs, toMs = Number.POSITIVE_INFINITY) =>
      between(fromMs, toMs).filter((hit) => hit.endpoint === endpoint).length,
    failedOn(machine) {
      if (machine.ran() || !areTriedAgain(results)) return summary.failed;
      const isJudged = !machine.collapsed();
      const isFault = ({ status, dueAtMs, doneAtMs }: LoadResult) =>
        (isJudged && status === 0) || !machine.wasLate(startedAt + dueAtMs, startedAt + doneAtMs);
      return results.filter((result) => !result.ok && isFault(result)).length;
    },
    share(endpoint, fromMs, toMs = Number.POSITIVE_INFINITY) {
      const window = between(fromMs, toMs);
      return window.length === 0 ? 0 : window.filter((hit) => hit.endpoint === endpoint).length / window.length;
    },
    describe() {
      const names = [...new Set(hits.map(({ endpoint }) => endpoint))].sort();
      const lines = [];
      for (let second = 0; second < summary.seconds; second++) {
        const window = between(second * 1_000, (second + 1) * 1_000);
        const counts = names.map((name) => `${name} ${window.filter(({ endpoint }) => endpoint === name).length}`);
        const { sent = 0, failed = 0, p99Ms = Number.NaN } = summary.timeline[second] ?? {};
        lines.push(`${second} s: sent ${sent}, failed ${failed}, p99 ${p99Ms.toFixed(0)} ms; ${counts.join(", ")}`);
      }
      const failures = summary.failures.map(
        ({ dueAtMs, status, attempts, error }) => `failed at ${dueAtMs.toFixed(0)} ms: ${status} ${attempts} ${error}`,
      );
      const { sent, ok, failed, maxLateMs } = summary;
      return [`sent ${sent}, ok ${ok}, failed ${failed}, sender late by up to ${maxLateMs.toFixed(0)} ms`]
        .concat(lines, failures)
        .join("\n");
    },
  };
}
