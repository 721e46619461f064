/**
 * A duel: the baseline and a target are loaded at the same moment on the same core with as many connections each, for
 * several rounds. The machine's noise hits both alike, so their ratio is steady where taking turns gives ±15 %.
 */
import { cpuMs } from "../cpu.ts";
import { saturate } from "../load.ts";
import { type Spread, spread } from "../measure/spread.ts";

export interface Duellist {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
}

export interface DuelResult {
  readonly target: string;
  /** Target ÷ baseline. */
  readonly cpuPerRequest: Spread;
  readonly throughput: Spread;
  readonly p50: Spread;
  readonly p99: Spread;
  /** µs of CPU per request of the baseline and the target. */
  readonly baselineUs: number;
  readonly targetUs: number;
  readonly requests: number;
  readonly failed: number;
}

export interface DuelPlan {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly path: (round: number) => string;
  /** Sent to both, besides those of a browser. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** V8 goes on compiling for some seconds; afterwards a request costs what it costs in production. */
const WARM_UP_SECONDS = 10;

export async function duel(baseline: Duellist, target: Duellist, plan: DuelPlan): Promise<DuelResult> {
  const rounds = [];
  // Round 0 warms both up, until their code is compiled, and does not count.
  for (let round = 0; round <= plan.rounds; round += 1) {
    const before = [cpuMs(baseline.pid), cpuMs(target.pid)] as const;
    const path = plan.path(round);
    const seconds = round === 0 ? WARM_UP_SECONDS : plan.seconds;
    const { connections, headers = {} } = plan;
    const [bare, full] = await Promise.all([
      saturate({ url: baseline.url + path, connections, seconds, headers }),
      saturate({ url: target.url + path, connections, seconds, headers }),
    ]);
    const bareUs = ((cpuMs(baseline.pid) - before[0]) / bare.requests) * 1_000;
    const fullUs = ((cpuMs(target.pid) - before[1]) / full.requests) * 1_000;
    if (round > 0) rounds.push({ bare, full, bareUs, fullUs });
  }
  return {
    target: target.name,
    cpuPerRequest: spread(rounds.map(({ bareUs, fullUs }) => fullUs / bareUs)),
    throughput: spread(rounds.map(({ bare, full }) => full.requests / bare.requests)),
    p50: spread(rounds.map(({ bare, full }) => full.p50Ms / bare.p50Ms)),
    p99: spread(rounds.map(({ bare, full }) => full.p99Ms / bare.p99Ms)),
    baselineUs: spread(rounds.map(({ bareUs }) => bareUs)).median,
    targetUs: spread(rounds.map(({ fullUs }) => fullUs)).median,
    requests: rounds.reduce((sum, { full }) => sum + full.requests, 0),
    failed: rounds.reduce((sum, { full }) => sum + full.failed, 0),
  };
}
