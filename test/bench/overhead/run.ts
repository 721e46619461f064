/**
 * What each contender costs a request. They take turns, a round of all of them after the other, each alone on its core
 * while it is loaded; a round's figures are compared with the bare Worker's of the same round, so that what slows the
 * machine for a while slows both. The client and the origins have the other cores.
 */
import type { Contender } from "../contenders/contender.ts";
import { cpuOfAllMs, memoryOf, processTree } from "../cpu.ts";
import { saturate } from "../load.ts";
import { type Runner, startField, turned } from "../measure/field.ts";
import { type Spread, spread } from "../measure/spread.ts";
import { startOrigins } from "../origin.ts";

export interface OverheadPlan {
  readonly contenders: readonly Contender[];
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
}

export interface OverheadRow {
  readonly contender: string;
  readonly connections: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** µs of CPU, user and system, of all its processes per answered request. */
  readonly cpuUs: number;
  /** Share of its core that it used, 0..1: below 1 the client or the origin was the limit. */
  readonly busyRatio: number;
  readonly failed: number;
  /** ÷ the bare Worker in the same round; null without it. */
  readonly vsBare: {
    readonly requestsPerSecond: Spread;
    readonly p50: Spread;
    readonly p99: Spread;
    readonly cpu: Spread;
  } | null;
}

export interface MemoryRow {
  readonly contender: string;
  readonly startedMb: number;
  readonly afterMb: number;
  readonly peakMb: number;
}

export interface Overhead {
  readonly rows: readonly OverheadRow[];
  readonly memory: readonly MemoryRow[];
}

interface Sample {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuUs: number;
  readonly busyRatio: number;
  readonly failed: number;
}

const PATH = "/api/items?page=1";
/** V8 goes on compiling for some seconds; afterwards a request costs what it costs in production. */
const WARM_UP = { connections: 16, seconds: 4 };

/** How long it will take. */
export function overheadSeconds({ contenders, connections, rounds, seconds }: OverheadPlan): number {
  return contenders.length * (WARM_UP.seconds + connections.length * rounds * (seconds + 0.2));
}

export async function runOverhead(plan: OverheadPlan, say: (line: string) => void): Promise<Overhead> {
  const origins = await startOrigins(3);
  const addresses = origins.urls.map((url, i) => ({ id: ["aws", "gcp", "azure"][i]!, url }));
  const originPids = origins.pid === null ? [] : processTree(origins.pid);
  try {
    const field = await startField(plan.contenders, addresses, originPids);
    try {
      const { runners } = field;
      const startedMb = runners.map(({ pids }) => memoryOf(pids).residentMb);
      for (const runner of runners) await measure(runner, WARM_UP.connections, WARM_UP.seconds);
      const rows: OverheadRow[] = [];
      for (const connections of plan.connections) {
        rows.push(...(await compare(runners, connections, plan)));
        say(`  ${connections} connections measured`);
      }
      const memory = runners.map(({ contender, pids }, i) => {
        const { residentMb, peakMb } = memoryOf(pids);
        return { contender: contender.name, startedMb: startedMb[i]!, afterMb: residentMb, peakMb };
      });
      return { rows, memory };
    } finally {
      await field.stop();
    }
  } finally {
    await origins.close();
  }
}

async function compare(runners: readonly Runner[], connections: number, plan: OverheadPlan): Promise<OverheadRow[]> {
  const samples = new Map<string, Sample[]>(runners.map(({ contender }) => [contender.name, []]));
  for (let round = 0; round < plan.rounds; round++) {
    for (const runner of turned(runners, round)) {
      samples.get(runner.contender.name)!.push(await measure(runner, connections, plan.seconds));
    }
  }
  return overheadRows(samples, connections);
}

async function measure({ url, headers, pids }: Runner, connections: number, seconds: number): Promise<Sample> {
  const before = cpuOfAllMs(pids);
  const startedAt = performance.now();
  const load = await saturate({ url: url + PATH, connections, seconds, headers });
  const elapsedMs = performance.now() - startedAt;
  const cpuMs = cpuOfAllMs(pids) - before;
  return {
    requestsPerSecond: load.requests / seconds,
    p50Ms: load.p50Ms,
    p99Ms: load.p99Ms,
    cpuUs: (cpuMs / load.requests) * 1_000,
    busyRatio: cpuMs / elapsedMs,
    failed: load.failed,
  };
}

/** Medians of the rounds, and round by round the ratio to the contender called `bare`. */
export function overheadRows(samples: ReadonlyMap<string, readonly Sample[]>, connections: number): OverheadRow[] {
  const bare = samples.get("bare");
  return [...samples].map(([contender, rounds]) => {
    const median = (of: (sample: Sample) => number) => spread(rounds.map(of)).median;
    const against = (of: (sample: Sample) => number) => spread(rounds.map((sample, i) => of(sample) / of(bare![i]!)));
    return {
      contender,
      connections,
      requestsPerSecond: median((sample) => sample.requestsPerSecond),
      p50Ms: median((sample) => sample.p50Ms),
      p99Ms: median((sample) => sample.p99Ms),
      cpuUs: median((sample) => sample.cpuUs),
      busyRatio: median((sample) => sample.busyRatio),
      failed: rounds.reduce((sum, sample) => sum + sample.failed, 0),
      vsBare:
        bare === undefined
          ? null
          : {
              requestsPerSecond: against((sample) => sample.requestsPerSecond),
              p50: against((sample) => sample.p50Ms),
              p99: against((sample) => sample.p99Ms),
              cpu: against((sample) => sample.cpuUs),
            },
    };
  });
}
