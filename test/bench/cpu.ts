/** What processes cost, from /proc. Linux only. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Linux counts process times in hundredths of a second. */
const TICK_MS = 10;

/** CPU time a process has used, ms, all its threads, to 10 ms. Throws when the process is gone. */
export function cpuMs(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** A process and all its descendants, by id; itself first. One look at all processes of the machine. */
export function processTree(root: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const parent = Number(statOf(Number(name))[1]);
      childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended while we looked.
    }
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(childrenOf.get(pid) ?? []));
  return tree;
}

/** CPU time of processes together, ms. */
export function cpuOfAllMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuMs(pid), 0);
}

export interface Memory {
  /** Resident now, and at its highest, MB. Pages that processes share count for each. */
  readonly residentMb: number;
  readonly peakMb: number;
}

export function memoryOf(pids: readonly number[]): Memory {
  const sum = (field: string) =>
    pids.reduce((total, pid) => {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      return total + Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) / 1_024;
    }, 0);
  return { residentMb: sum("VmRSS"), peakMb: sum("VmHWM") };
}

/** Fields after the command's name, which may hold anything. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/**
 * Binds a process and its threads to cores, so that two of them get equal shares of it. Does nothing without taskset.
 *
 * - `cores`: a number, or a list as taskset takes it, `"1-3"`.
 */
export function pinTo(cores: number | string, pid: number): void {
  try {
    execFileSync("taskset", ["-acp", String(cores), String(pid)], { stdio: "ignore" });
  } catch {
    // No taskset here: shares are then as the scheduler likes, and CPU per request is still right.
  }
}
