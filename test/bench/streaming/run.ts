/** How fast large bodies pass, one at a time, and what they cost; all contenders in turns as for the overhead. */
import { fork } from "node:child_process";
import { join } from "node:path";
import type { Contender } from "../contenders/contender.ts";
import { cpuOfAllMs, memoryOf } from "../cpu.ts";
import { type Runner, startField, turned } from "../measure/field.ts";
import { type Spread, spread } from "../measure/spread.ts";
import { count, ratio, table } from "../report/markdown.ts";
import { type Direction, transfer } from "./transfer.ts";

export interface StreamingPlan {
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  /** Of each body. */
  readonly megabytes: number;
}

export interface StreamingRow {
  readonly contender: string;
  readonly direction: Direction;
  readonly mbPerSecond: number;
  /** ms of CPU of all its processes per 100 MB. */
  readonly cpuMs: number;
  /** Most resident memory, MB, after all transfers. */
  readonly peakMb: number;
  /** Why it is not there; null when all was well. */
  readonly failure: string | null;
  /** ÷ the bare Worker in the same round; null without it. */
  readonly vsBare: { readonly mbPerSecond: Spread; readonly cpu: Spread } | null;
}

interface Sample {
  readonly mbPerSecond: number;
  readonly cpuMs: number;
}

/** Bodies in a sample: CPU time is known to 10 ms, and one body of 100 MB takes some 50. */
const BODIES = 4;
const DIRECTIONS: readonly Direction[] = ["down", "up"];

/** How long it will take, at about 500 MB/s. */
export function streamingSeconds({ contenders, rounds, megabytes }: StreamingPlan): number {
  return (contenders.length * (rounds + 1) * 2 * BODIES * megabytes) / 500;
}

export async function runStreaming(plan: StreamingPlan): Promise<StreamingRow[]> {
  const origin = fork(join(import.meta.dirname, "stream-origin.ts"));
  const ports = await new Promise<number[]>((resolve, reject) => {
    origin.once("message", (message) => resolve(message as number[]));
    origin.once("exit", () => reject(new Error("the origins of large bodies did not start")));
  });
  const addresses = ports.map((port, i) => ({ id: ["aws", "gcp", "azure"][i]!, url: `http://127.0.0.1:${port}` }));
  try {
    const field = await startField(plan.contenders, addresses, [origin.pid!]);
    try {
      const rows: StreamingRow[] = [];
      for (const direction of DIRECTIONS) rows.push(...(await compare(field.runners, direction, plan)));
      return rows;
    } finally {
      await field.stop();
    }
  } finally {
    origin.disconnect();
  }
}

async function compare(runners: readonly Runner[], direction: Direction, plan: StreamingPlan): Promise<StreamingRow[]> {
  const samples = new Map<Runner, Sample[]>(runners.map((runner) => [runner, []]));
  const failures = new Map<Runner, string>();
  // Round 0 opens connections and compiles, and does not count.
  for (let round = 0; round <= plan.rounds; round++) {
    for (const runner of turned(runners, round)) {
      if (failures.has(runner)) continue;
      try {
        const sample = await measure(runner, direction, plan.megabytes);
        if (round > 0) samples.get(runner)!.push(sample);
      } catch (error) {
        failures.set(runner, String(error));
      }
    }
  }
  const bare = runners.find(({ contender }) => contender.name === "bare");
  const base = bare === undefined || failures.has(bare) ? null : samples.get(bare)!;
  return runners.map((runner) => {
    const failure = failures.get(runner) ?? null;
    const own = samples.get(runner)!;
    const against = (of: (sample: Sample) => number) => spread(own.map((sample, i) => of(sample) / of(base![i]!)));
    return {
      contender: runner.contender.name,
      direction,
      mbPerSecond: spread(own.map(({ mbPerSecond }) => mbPerSecond)).median,
      cpuMs: spread(own.map(({ cpuMs }) => cpuMs)).median,
      peakMb: memoryOf(runner.pids).peakMb,
      failure,
      vsBare:
        base === null || failure !== null
          ? null
          : { mbPerSecond: against(({ mbPerSecond }) => mbPerSecond), cpu: against(({ cpuMs }) => cpuMs) },
    };
  });
}

async function measure({ url, pids }: Runner, direction: Direction, megabytes: number): Promise<Sample> {
  const before = cpuOfAllMs(pids);
  let seconds = 0;
  for (let i = 0; i < BODIES; i++) seconds += await transfer(url, direction, megabytes * 1e6);
  const cpuMs = cpuOfAllMs(pids) - before;
  const passed = megabytes * BODIES;
  return { mbPerSecond: passed / seconds, cpuMs: (cpuMs / passed) * 100 };
}

export function streamingMarkdown(rows: readonly StreamingRow[], plan: StreamingPlan): string {
  return [
    `One body of ${plan.megabytes} MB at a time, ${plan.rounds} rounds in turns, each contender on a core of its own; ratios to`,
    "the bare pass-through Worker in the same round, median [lowest-highest]. The client and the origins share the other",
    "core and bound what the fastest can show: CPU per 100 MB is the figure that counts then.",
    "",
    ...DIRECTIONS.flatMap((direction) => [
      direction === "down" ? "### Down, from the origin" : "### Up, to the origin",
      "",
      table(
        ["contender", "MB/s", "÷ bare", "CPU ms per 100 MB", "÷ bare", "peak MB"],
        rows
          .filter((row) => row.direction === direction)
          .map((row) => [
            row.contender,
            row.failure ?? count(row.mbPerSecond),
            row.vsBare === null ? "–" : ratio(row.vsBare.mbPerSecond),
            count(row.cpuMs),
            row.vsBare === null ? "–" : ratio(row.vsBare.cpu),
            count(row.peakMb),
          ]),
      ),
    ]),
  ].join("\n");
}
