import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Linux counts process times in hundredths of a second. */
const TICK_MS = 10;

/** CPU time a process has used, ms, all its threads, to 10 ms. Linux only. Throws when the process is gone. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Binds a process and its threads to one core, so that two of them get equal shares of it. Does nothing without taskset. */
export function pinTo(core: number, pid: number): void {
  try {
    execFileSync("taskset", ["-acp", String(core), String(pid)], { stdio: "ignore" });
  } catch {
    // No taskset here: shares are then as the scheduler likes, and CPU per request is still right.
  }
}
