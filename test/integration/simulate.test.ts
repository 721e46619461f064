import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { endAllCli, runCli, startCli } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "heddle-simulate-"));
afterEach(endAllCli);
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

write(
  "heddle.yaml",
  `services:
  shop:
    endpoints:
      - { id: one, url: "http://127.0.0.1:9001", locality: { cloud: aws, region: us-east-1 } }
      - { id: two, url: "http://127.0.0.1:9002", locality: { cloud: gcp, region: europe-west1 } }
      - { id: three, url: "http://127.0.0.1:9003", locality: { cloud: azure, region: southeastasia } }
routes:
  - rules: [{ backendRefs: [{ service: shop }] }]
`,
);

function logLine(second: number, path: string): string {
  return `::1 - - [21/Nov/2026:10:00:${String(second).padStart(2, "0")} +0000] "GET ${path} HTTP/1.1" 200 1`;
}

/** A day of twenty seconds, the fault from the fifth to the tenth. */
const SHORT = ["--at", "5s", "--for", "5s", "--duration", "20s", "--rps", "100"];
const simulate = (...args: readonly string[]) => runCli(["simulate", ...SHORT, ...args], folder);

interface Results {
  readonly ok: boolean;
  readonly runs: readonly {
    readonly scenario: string;
    readonly variant: string | null;
    readonly seed: number;
    readonly detectMs: number | null;
    readonly windows: Readonly<Record<string, { requests: number; success: number; retriesPerRequest: number }>>;
    readonly endpoints: readonly { id: string; isFaulty: boolean; share: Record<string, number> }[];
    readonly timeline: { readonly requests: readonly number[] };
  }[];
}

describe("heddle simulate", () => {
  it("plays a failure against a config and shows that traffic leaves the endpoint", async () => {
    const { code, stdout, stderr } = await simulate("--scenario", "down=one");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("one down from 5s for 5s");
    expect(stdout).toMatch(/^during +[\d,]+ +[\d.]+ %/m);
    expect(stdout).toMatch(/^one \(faulty\) +aws\/us-east-1 +[\d.]+ % +[\d.]+ %/m);
    expect(stdout).not.toContain("\u001b");
  });

  it("gives the same bytes for the same seed, and others for another", async () => {
    const [first, again, other] = await Promise.all(
      ["7", "7", "8"].map((seed) => simulate("--scenario", "gray=two:30%", "--seed", seed, "--json")),
    );
    expect(first!.stdout).toBe(again!.stdout);
    expect(first!.stdout).not.toBe(other!.stdout);
    const { runs } = JSON.parse(first!.stdout) as Results;
    const [run] = runs;
    expect(run!.endpoints.filter(({ isFaulty }) => isFaulty).map(({ id }) => id)).toEqual(["two"]);
    // 100 requests/s for 20 s; four standard deviations of a Poisson count of 2,000 are 179.
    expect(Math.abs(run!.windows.whole!.requests - 2_000)).toBeLessThan(179);
    expect(run!.timeline.requests.reduce((sum, value) => sum + value, 0)).toBe(run!.windows.whole!.requests);
  });

  it("ends with 0 when assertions hold, and with 1 and a line each when they do not", async () => {
    const held = await simulate("--assert", "success>=99%", "--assert", "p50<1s");
    expect([held.code, held.stdout]).toEqual([0, expect.stringContaining("holds success>=99%")]);
    const failed = await simulate(
      "-s",
      "black-hole",
      "--assert",
      "p99<1ms",
      "--assert",
      "detect<=1ms",
      "-a",
      "success>=1%",
    );
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/^failed p99<1ms: was [\d.]+ (ms|s)$/m);
    expect(failed.stderr).toMatch(/^failed detect<=1ms: was /m);
    expect(failed.stderr).not.toContain("success>=1%");
  });

  it("compares settings, policies and seeds, in the order they were named", async () => {
    const { code, stdout } = await simulate(
      ...["--scenario", "slow=three:10", "--scenario", "none", "--sweep", "retry.attempts=0,2"],
      ...["--against", "round-robin", "--seeds", "1,2", "--json"],
    );
    expect(code).toBe(0);
    const { runs } = JSON.parse(stdout) as Results;
    expect(runs).toHaveLength(2 * 4 * 2);
    expect(runs.slice(0, 8).map(({ variant, seed }) => `${variant} ${seed}`)).toEqual(
      [
        "attempts=0, adaptive (config)",
        "attempts=2, adaptive (config)",
        "attempts=0, round-robin",
        "attempts=2, round-robin",
      ].flatMap((variant) => [`${variant} 1`, `${variant} 2`]),
    );
    expect(runs[0]!.windows.whole!.retriesPerRequest).toBe(0);
    const share = ({ endpoints }: Results["runs"][number]) => endpoints[2]!.share.during!;
    expect(share(runs[2]!)).toBeLessThan(share(runs[6]!));
  });

  it("writes a report that needs nothing else", async () => {
    const { code, stdout } = await simulate("-s", "cloud-outage=aws", "--report", "day.html");
    expect([code, stdout]).toEqual([0, expect.stringContaining("report day.html")]);
    const page = readFileSync(join(folder, "day.html"), "utf8");
    expect(page).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect(page).toContain("cloud aws out");
    expect(page).toContain("--scenario cloud-outage=aws");
    expect(page).not.toMatch(/https?:\/\//);
    expect(page.length).toBeLessThan(300_000);
  });

  it("plays scenarios of a file, and reports all faults of one that has some", async () => {
    write(
      "days.yaml",
      `scenarios:
  - name: both at once
    faults:
      - { type: surge, factor: 1.5, at: 4s, for: 6s }
      - { type: down, target: two, at: 5s, for: 5s }
`,
    );
    const { code, stdout } = await simulate("--scenarios", "days.yaml", "--json");
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Results).runs.map(({ scenario }) => scenario)).toEqual(["both at once"]);
    write(
      "bad.yaml",
      "scenarios:\n  - name: a\n    faults: [{ type: dwn, target: two }]\n  - nam: b\n    faults: []\n",
    );
    const bad = await simulate("--scenarios", "bad.yaml");
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/bad\.yaml:3:\d+ scenarios\[0\]\.faults\[0\]\.type: .*did you mean down\?/);
    expect(bad.stderr).toMatch(/bad\.yaml:4:\d+ scenarios\[1\]\.nam: .*did you mean name\?/);
  });

  it("replays an access log", async () => {
    const lines = Array.from({ length: 400 }, (_, index) => logLine(Math.floor(index / 20), `/p${index}`));
    write("access.log", `${lines.join("\n")}\nnot a request\n`);
    const { code, stdout, stderr } = await runCli(["simulate", "--access-log", "access.log", "--json"], folder);
    expect([code, stderr]).toEqual([0, "1 line of the log is no request, first line 401\n"]);
    expect((JSON.parse(stdout) as Results).runs[0]!.windows.whole!.requests).toBe(400);
  });

  it("ends with 2 and what was probably meant for wrong usage", async () => {
    const [word, option] = await Promise.all([simulate("--scenario", "dwn"), simulate("--speed", "9")]);
    expect([word!.code, word!.stdout]).toEqual([2, ""]);
    expect(word!.stderr).toContain("did you mean down?");
    expect([option!.code, option!.stderr]).toEqual([2, expect.stringContaining("has no option --speed")]);
  });

  it("reports the faults of the config as validate does", async () => {
    write("faulty.yaml", "services: 3\nroutes: []\n");
    const { code, stderr } = await simulate("--config", "faulty.yaml");
    expect([code, stderr]).toEqual([1, expect.stringContaining("faulty.yaml:1")]);
  });

  it("ends soon after Ctrl-C, and writes nothing", async () => {
    // 17 days of 20,000 requests each: they cannot be over before the signal comes.
    const lines = Array.from({ length: 20_000 }, (_, index) => logLine(index % 60, `/p${index}`)).sort();
    write("long.log", `not a request\n${lines.join("\n")}\n`);
    const cli = startCli(["simulate", "-s", "all", "--access-log", "long.log", "--report", "never.html"], folder);
    await cli.line(/no request/);
    const { code, stdout, stderr, tookMs } = await cli.end("SIGINT");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("interrupted");
    // Each of the days takes seconds; all of them are far from over.
    expect(tookMs).toBeLessThan(15_000);
    expect(() => readFileSync(join(folder, "never.html"))).toThrow("ENOENT");
  });
});
