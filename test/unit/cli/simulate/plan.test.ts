import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readArguments } from "../../../../src/cli/arguments.ts";
import { COMMANDS } from "../../../../src/cli/commands.ts";
import { CommandFailure } from "../../../../src/cli/failure.ts";
import { jobsOf, type Plan, readPlan } from "../../../../src/cli/simulate/plan.ts";
import { compileMesh } from "../../../../src/config/compile.ts";
import { decodeConfig } from "../../../../src/config/decode.ts";

const folder = mkdtempSync(join(tmpdir(), "heddle-plan-"));
afterAll(() => rmSync(folder, { recursive: true }));

const spec = COMMANDS.find(({ name }) => name === "simulate")!;
const CONFIG = {
  services: {
    shop: {
      endpoints: [
        { id: "one", url: "http://a", locality: { cloud: "aws" } },
        { id: "two", url: "http://b", locality: { cloud: "gcp" } },
      ],
    },
    idle: { endpoints: [{ id: "three", url: "http://c" }] },
  },
  routes: [{ rules: [{ backendRefs: [{ service: "shop" }] }] }],
};

async function reading(...words: readonly string[]) {
  const decoded = decodeConfig(CONFIG);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  const mesh = await compileMesh(decoded.config, { nowMs: 0 });
  return readPlan(readArguments(spec, words), { value: CONFIG, mesh }, {});
}

async function plan(...words: readonly string[]): Promise<Plan> {
  const read = await reading(...words);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.plan;
}

describe("readPlan", () => {
  it("plays a calm day of 500 requests/s when nothing is said", async () => {
    const { scenarios, variants, seeds, input } = await plan();
    expect([scenarios, seeds]).toEqual([[{ name: "none", faults: [] }], [1]]);
    expect(variants).toMatchObject([{ name: "", contender: null }]);
    expect(input).toMatchObject({ rps: 500, sloMs: 500, durationMs: 150_000, warmUpMs: 10_000 });
  });

  it("lets the day last a minute beyond the last fault", async () => {
    expect((await plan("-s", "down", "--at", "10s", "--for", "2m")).input.durationMs).toBe(190_000);
  });

  it("plays each scenario once, though it is named twice", async () => {
    const names = (await plan("-s", "all", "-s", "down", "-s", "surge=2")).scenarios.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("surge=2");
  });

  it("sizes an origin by what it can bear", async () => {
    const { input } = await plan("--capacity", "100", "--capacity", "two=1000");
    expect(input.origins?.one).toEqual({ servers: 4, meanServiceMs: 40 });
    expect(input.origins?.two).toEqual({ servers: 40, meanServiceMs: 40 });
    expect(input.utilisation).toBeUndefined();
    expect((await plan("--utilisation", "85%")).input.utilisation).toBeCloseTo(0.85);
  });

  it("orders runs by scenario, variant and seed", async () => {
    const jobs = jobsOf(await plan("-s", "down", "-s", "surge", "--sweep", "retry.attempts=0,1", "--seeds", "3,5"));
    expect(jobs.map(({ scenario, variant, seed }) => `${scenario} ${variant} ${seed}`)).toEqual([
      "down attempts=0 3",
      "down attempts=0 5",
      "down attempts=1 3",
      "down attempts=1 5",
      "surge attempts=0 3",
      "surge attempts=0 5",
      "surge attempts=1 3",
      "surge attempts=1 5",
    ]);
    expect(jobs[3]!.job.input).toMatchObject({ seed: 5, scenario: { name: "down" } });
  });

  it("takes rate and length of the day from an access log", async () => {
    const path = join(folder, "access.log");
    const line = (second: number) => `::1 - - [21/Nov/2026:10:00:${second} +0000] "GET / HTTP/1.1" 200 1\n`;
    writeFileSync(path, Array.from({ length: 40 }, (_, index) => line(10 + Math.floor(index / 2))).join(""));
    const { input, accessLog } = await plan("--access-log", path, "-s", "none");
    expect(accessLog?.summary).toMatchObject({ requests: 40, spanMs: 20_000 });
    expect(input).toMatchObject({ rps: 2, durationMs: 20_000, warmUpMs: 0 });
  });

  it.each([
    [["-s", "dwn"], "did you mean down?"],
    [["-s", "down=onee"], "did you mean one?"],
    [["-a", "succes>=1"], "did you mean success?"],
    [["--sweep", "retry.atempts=1"], "did you mean attempts?"],
    [["--against", "round-robbin"], "round-robin"],
    [["--seeds", "1,x"], "--seeds is a whole number"],
    [["--seed", "1", "--seeds", "2"], "exclude each other"],
    [["--rps", "0"], "--rps is a number above 0"],
    [["--at", "soon"], "--at is a duration"],
    [["--utilisation", "200%"], "--utilisation is a percentage"],
    [["--utilisation", "70", "--capacity", "3"], "exclude each other"],
    [["--capacity", "nobody=3"], 'no endpoint "nobody"'],
    [["--capacity", "lots"], "--capacity is requests/s"],
    [["--service", "cart"], 'no service "cart"'],
    [["--daily", "noon"], '"noon" is not the length of a day'],
    [["-s", "down", "--duration", "20s"], "the day ends after 20s"],
    [["--isolates", "0"], "--isolates is a whole number"],
  ])("refuses %j as wrong usage", async (words, told) => {
    const failure = await reading(...words).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandFailure);
    const { message, fix, exitCode } = failure as CommandFailure;
    expect([exitCode, `${message} ${fix}`]).toEqual([2, expect.stringContaining(told)]);
  });

  it("has nothing to simulate where no route leads, and no log where there is none", async () => {
    await expect(reading("--service", "idle")).rejects.toThrow("no route leads to service");
    await expect(reading("--access-log", join(folder, "none.log"))).rejects.toThrow("there is no such file");
    writeFileSync(join(folder, "prose.log"), "once\nupon a time\n");
    await expect(reading("--access-log", join(folder, "prose.log"))).rejects.toThrow("no line is a request");
  });

  it("gives all faults of a file of scenarios", async () => {
    const path = join(folder, "bad.yaml");
    writeFileSync(path, "scenarios:\n  - { name: a, faults: [{ type: dwn, target: one }, { type: surge }] }\n");
    expect(await reading("--scenarios", path)).toMatchObject({ ok: false, path, faults: [{ line: 2 }, { line: 2 }] });
    expect(await reading("--scenarios", join(folder, "none.yaml"))).toMatchObject({ ok: false });
  });
});
