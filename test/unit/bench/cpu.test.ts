import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { cpuMs, cpuOfAllMs, memoryOf, processTree } from "../../bench/cpu.ts";

it("finds the processes that a process started, and theirs", async () => {
  const child = spawn("/bin/sh", ["-c", "sleep 60 & echo started; wait"], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    await once(child.stdout, "data");
    const tree = processTree(child.pid!);
    expect(tree[0]).toBe(child.pid);
    expect(tree).toHaveLength(2);
    expect(processTree(process.pid)).toEqual(expect.arrayContaining(tree));
    process.kill(tree[1]!);
  } finally {
    child.kill();
  }
});

it("counts CPU time and memory of processes together", () => {
  expect(cpuOfAllMs([process.pid])).toBeGreaterThan(0);
  expect(cpuOfAllMs([])).toBe(0);
  const { residentMb, peakMb } = memoryOf([process.pid]);
  expect(residentMb).toBeGreaterThan(10);
  expect(peakMb).toBeGreaterThanOrEqual(residentMb);
});

it("throws for a process that is gone", () => {
  expect(() => cpuMs(2 ** 30)).toThrow();
});
