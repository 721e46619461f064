import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import type { TrialResult } from "../bench/failover/judge.ts";

const main = resolve(import.meta.dirname, "../bench/main.ts");

it("measures a failover side by side and leaves a page, its numbers and a chart", async () => {
  const out = await mkdtemp(join(tmpdir(), "heddle-bench-test-"));
  try {
    const windows = ["--rps", "50", "--warm-up", "1", "--fault-seconds", "1", "--heal-seconds", "1", "--parallel", "2"];
    const choice = ["--only", "failover", "--contenders", "heddle,bare", "--faults", "fast-fail", "--out", out];
    const { stderr } = await promisify(execFile)(process.execPath, [main, ...choice, ...windows]);
    expect(stderr).toContain("[2/2] fast-fail, ");
    const { trials } = JSON.parse(await readFile(join(out, "failover.json"), "utf8")) as { trials: TrialResult[] };
    const of = (name: string) => trials.find(({ contender }) => contender === name)!;
    // Open loop: so many are due in three seconds, whatever becomes of them.
    expect([of("heddle").sent, of("bare").sent]).toEqual([150, 150]);
    expect(of("bare").failedBefore).toBe(0);
    // Who picks at random and never asks again fails with a third of the 50 requests; three is four standard deviations below.
    expect(of("bare").failedDuring).toBeGreaterThan(3);
    expect(of("heddle").failedDuring).toBeLessThan(of("bare").failedDuring);
    expect(await readFile(join(out, "failover.md"), "utf8")).toContain("| answers 500 to everything, at once |");
    expect(await readFile(join(out, "failover.svg"), "utf8")).toContain("</svg>");
  } finally {
    await rm(out, { recursive: true, force: true });
  }
});
