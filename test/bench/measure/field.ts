/** Contenders that run side by side for a section of the benchmark, on a core that is theirs. */
import { availableParallelism } from "node:os";
import type { Contender, OriginAddress, Running } from "../contenders/contender.ts";
import { pinTo, processTree } from "../cpu.ts";

export interface Runner {
  readonly contender: Contender;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** All its processes. */
  readonly pids: readonly number[];
}

export interface Field {
  readonly runners: readonly Runner[];
  stop(): Promise<void>;
}

/**
 * Starts contenders before the same origins. They get the first core, one at a time being loaded; this process, whatever
 * it starts from then on and `others` get the rest. On a single core everybody shares it.
 *
 * Throws when one cannot start; nothing is left running then.
 */
export async function startField(
  contenders: readonly Contender[],
  origins: readonly OriginAddress[],
  others: readonly number[],
): Promise<Field> {
  const started: Running[] = [];
  const stop = async () => {
    await Promise.all(started.map((running) => running.stop()));
    pinTo(`0-${availableParallelism() - 1}`, process.pid);
  };
  try {
    const runners: Runner[] = [];
    for (const contender of contenders) {
      const running = await contender.start(origins);
      started.push(running);
      const pids = processTree(running.pid);
      for (const pid of pids) pinTo(0, pid);
      runners.push({ contender, url: running.url, headers: running.headers ?? {}, pids });
    }
    if (availableParallelism() > 1) {
      for (const pid of [process.pid, ...others]) pinTo(`1-${availableParallelism() - 1}`, pid);
    }
    return { runners, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The runners from the n-th on and then those before it: each round begins with another. */
export function turned<T>(items: readonly T[], by: number): T[] {
  return items.map((_, i) => items[(i + by) % items.length]!);
}
