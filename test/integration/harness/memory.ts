import { readFileSync } from "node:fs";

/** Resident memory of a process, MB. Linux only, as the runs of this project are. */
export function residentMb(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  if (line === null) throw new Error(`no VmRSS in /proc/${pid}/status`);
  return Number(line[1]) / 1024;
}

/** The most memory a process has while `work` runs, MB above what it had before; looked at every 10 ms. */
export async function growthMb(pid: number, work: () => Promise<unknown>): Promise<number> {
  const before = residentMb(pid);
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, residentMb(pid));
  }, 10);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(most, residentMb(pid)) - before;
}
