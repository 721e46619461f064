/**
 * How long a process was kept from going on by its machine, as Linux tells: its main thread was ready and had no processor, somebody
 * waited for the disk or for memory, or the hypervisor gave the processors to others. What a process does to itself is none of it.
 */
import { readFileSync } from "node:fs";

/** Ticks of /proc/stat are hundredths of a second. */
const TICK_MS = 10;

/**
 * Since the machine started, ms; differences are what is of use. Infinity where nobody tells, as on other systems.
 *
 * - `pid`: whose main thread; workerd runs all JavaScript on it.
 */
export function starvedMs(pid: number): number {
  try {
    const [, waitedNs] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
    return Number(waitedNs) / 1e6 + pressureMs("io") + pressureMs("memory") + stolenMs();
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Time in which somebody waited, of all processes. 0 where the kernel does not count it. */
function pressureMs(of: "io" | "memory"): number {
  try {
    return Number(/^some .*total=(\d+)/m.exec(readFileSync(`/proc/pressure/${of}`, "utf8"))?.[1] ?? 0) / 1_000;
  } catch {
    return 0;
  }
}

/** Of all processors together. */
function stolenMs(): number {
  const all = /^cpu +(.*)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1]?.split(" ") ?? [];
  return Number(all[7] ?? 0) * TICK_MS;
}
