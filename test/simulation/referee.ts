/**
 * Runs the product in the routing simulator and prints a table beside the reference policy.
 *
 *     node test/simulation/referee.ts [--scenarios a,b] [--seeds 1,2,3] [--reference] [--out file.jsonl]
 *
 * The simulator is not part of this repository: its folder is taken from HEDDLE_SIM, else ../shared/sim. Without it this
 * says so and ends well.
 */
import { appendFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** The scenarios of the published table, in its order. */
const TABLE = [
  "healthy85",
  "healthy95",
  "down-refuse",
  "down-hole",
  "gray20",
  "slow10",
  "cloud-out",
  "flap",
  "antagonist",
  "recover-cold",
  "metastable",
  "surge",
  "fastfail",
  "path-loss",
  "coord-out",
];

interface Window {
  readonly n: number;
  readonly sr: number;
  readonly slo: number;
}

interface Run {
  readonly pre: Window;
  readonly fault: Window;
  readonly [key: string]: unknown;
}

type RunSim = (config: object, scenario: unknown, policy: unknown, seed: number) => Run;

function argument(name: string, otherwise: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : (process.argv[at + 1] ?? otherwise);
}

async function bundleAdapter(into: string): Promise<string> {
  const outfile = join(into, "adapter.mjs");
  const entry = join(import.meta.dirname, "adapter.ts");
  await build({ entryPoints: [entry], bundle: true, format: "esm", target: "node20", outfile, logLevel: "error" });
  return outfile;
}

const load = (path: string) => import(pathToFileURL(path).href);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (ratio: number, digits: number) => (100 * ratio).toFixed(digits);

async function main(): Promise<void> {
  const sim = resolve(process.env.HEDDLE_SIM ?? join(import.meta.dirname, "../../../shared/sim"));
  if (!existsSync(join(sim, "src/engine.mjs"))) {
    console.log(`skipped: no simulator in ${sim} (set HEDDLE_SIM)`);
    return;
  }
  const temporary = mkdtempSync(join(tmpdir(), "heddle-sim-"));
  try {
    const { runSim } = (await load(join(sim, "src/engine.mjs"))) as { runSim: RunSim };
    const { byName } = (await load(join(sim, "src/scenarios.mjs"))) as { byName: Record<string, unknown> };
    const { heddlePolicy } = (await load(await bundleAdapter(temporary))) as { heddlePolicy: () => { name: string } };
    const policies = [heddlePolicy()];
    if (process.argv.includes("--reference")) {
      const registry = (await load(join(sim, "src/registry.mjs"))) as { byPolicy: Record<string, { name: string }> };
      policies.push(registry.byPolicy.ours!);
    }
    const scenarios = argument("scenarios", TABLE.join(",")).split(",");
    const seeds = argument("seeds", "1,2,3").split(",").map(Number);
    const config = JSON.parse(argument("cfg", "{}")) as object;
    const out = argument("out", "");
    console.log(`| scenario | policy | within 500 ms, % | by seed | success, % |`);
    console.log("|---|---|---:|---|---:|");
    for (const scenario of scenarios) {
      for (const policy of policies) {
        const runs = seeds.map((seed) => runSim(config, byName[scenario], policy, seed));
        if (out !== "") for (const run of runs) appendFileSync(out, `${JSON.stringify(run)}\n`);
        const windows = runs.map((run) => (run.fault.n > 0 ? run.fault : run.pre));
        const slo = windows.map((window) => window.slo);
        const each = slo.map((value) => percent(value, 2)).join(" ");
        const sr = percent(mean(windows.map((window) => window.sr)), 3);
        console.log(`| ${scenario} | ${policy.name} | ${percent(mean(slo), 2)} | ${each} | ${sr} |`);
      }
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

await main();
