import { resolve } from "node:path";
import type { Run } from "../../simulate/report/comparison.ts";
import { formatMs } from "../../simulate/report/metrics.ts";
import { htmlReport } from "../../simulate/report/report.ts";
import type { CommandArguments, RunCommand } from "../command.ts";
import { countOf, reportFaults } from "../config/faults-report.ts";
import { findConfig, shownPath } from "../config/find-config.ts";
import { loadConfig, readConfigValue } from "../config/load-config.ts";
import { CommandFailure } from "../failure.ts";
import { installation } from "../installation.ts";
import { untilEnd } from "../lifetime.ts";
import { holdTo, verdicts } from "../simulate/held.ts";
import { jobsOf, type Plan, readPlan } from "../simulate/plan.ts";
import { play } from "../simulate/play.ts";
import { showProgress } from "../simulate/progress.ts";
import { renderRuns } from "../simulate/render.ts";
import { resultsJson } from "../simulate/results-json.ts";
import type { Terminal } from "../terminal.ts";
import { writeWhole } from "./compile.ts";

/** `heddle simulate`: plays game days; 0 when all assertions hold, 1 when one does not. */
export const simulate: RunCommand = async (args, terminal) => {
  const asJson = args.has("json");
  const path = findConfig(args.option("config"), terminal.env);
  const loaded = await loadConfig(path, Date.now());
  const written = await readConfigValue(path);
  if (!loaded.ok || !written.ok) {
    reportFaults(path, loaded.ok ? (written.ok ? [] : written.faults) : loaded.faults, asJson, terminal);
    return 1;
  }
  const reading = await readPlan(args, { value: written.value, mesh: loaded.mesh }, terminal.env);
  if (!reading.ok) {
    reportFaults(reading.path, reading.faults, asJson, terminal);
    return 1;
  }
  const { plan } = reading;
  const runs = await playAll(plan, terminal, asJson);
  const outcomes = holdTo(plan.assertions, runs);
  const judged = verdicts(outcomes);
  const report = args.option("report");
  if (report !== null) {
    const title = titleOf(plan);
    const facts = factsOf(plan, shownPath(path), loaded.mesh.version);
    const command = commandOf(args);
    const { variantTitle } = plan;
    const html = await htmlReport({ title, facts, command, variantTitle, runs, assertions: judged });
    await writeWhole(resolve(report), html);
  }
  if (asJson) {
    const config = { file: shownPath(path), version: loaded.mesh.version };
    const settings = { ...plan.input, accessLog: plan.accessLog?.path ?? null, seeds: plan.seeds };
    const { version: heddle } = installation();
    terminal.out(resultsJson({ heddle, config, settings, runs, assertions: outcomes }));
  } else {
    const columns = terminal.isInteractive ? terminal.columns() : Number.POSITIVE_INFINITY;
    const { variantTitle } = plan;
    for (const line of renderRuns({ runs, variantTitle, columns, paint: terminal.paint })) terminal.out(line);
    tell(judged, runs, report, terminal);
  }
  return judged.some(({ isFailed }) => isFailed) ? 1 : 0;
};

async function playAll(plan: Plan, terminal: Terminal, asJson: boolean): Promise<readonly Run[]> {
  const end = untilEnd();
  if (plan.accessLog !== null && plan.accessLog.summary.skipped > 0) {
    const { skipped, firstSkipped } = plan.accessLog.summary;
    terminal.err(
      `${countOf(skipped, "line")} of the log ${skipped === 1 ? "is" : "are"} no request, first line ${firstSkipped}`,
    );
  }
  const planned = jobsOf(plan);
  const playing = play(planned.map(({ job }) => job));
  const hideProgress = asJson ? () => {} : showProgress(playing, planned.length, terminal);
  try {
    const results = await Promise.race([playing.results, end]);
    if (results === undefined) throw new CommandFailure("interrupted", "interrupted: nothing is written");
    return planned.map(({ scenario, variant, seed }, index) => ({ scenario, variant, seed, result: results[index]! }));
  } finally {
    hideProgress();
    await playing.stop();
  }
}

function tell(
  judged: ReturnType<typeof verdicts>,
  runs: readonly Run[],
  report: string | null,
  { out, err, paint }: Terminal,
): void {
  if (judged.some(({ isFailed }) => !isFailed)) out("");
  for (const { text, isFailed, detail } of judged) {
    if (isFailed) err(`${paint.red("failed")} ${text}: ${detail}`);
    else out(`${paint.green("holds")} ${text}`);
  }
  const wallMs = runs.reduce((sum, { result }) => sum + result.wallMs, 0);
  const requests = runs.reduce((sum, { result }) => sum + result.windows.whole.requests, 0);
  out("");
  out(
    paint.dim(`${requests.toLocaleString("en-US")} requests simulated in ${(wallMs / 1_000).toFixed(1)} s of one core`),
  );
  if (report !== null) out(`${paint.green("report")} ${report}`);
}

function titleOf({ scenarios, variants, seeds }: Plan): string {
  const names = scenarios.map(({ name }) => name);
  const several = [
    ...(variants.length > 1 ? [countOf(variants.length, "variant")] : []),
    ...(seeds.length > 1 ? [countOf(seeds.length, "seed")] : []),
  ].join(", ");
  const days = names.length > MAX_NAMED ? countOf(names.length, "scenario") : names.join(", ");
  return several === "" ? days : `${days}: ${several}`;
}

const MAX_NAMED = 3;

function factsOf({ input, seeds, accessLog }: Plan, file: string, version: string): [string, string][] {
  const traffic = accessLog === null ? `${input.rps.toLocaleString("en-US")} requests/s` : shownPath(accessLog.path);
  return [
    ["config", `${file} (version ${version})`],
    ["traffic", traffic],
    ...(input.isolates === undefined ? [] : [["isolates", `${input.isolates}`] as [string, string]]),
    ...(input.origins === undefined
      ? [["utilisation", `${Math.round((input.utilisation ?? 0.5) * 100)} %`] as [string, string]]
      : []),
    ["objective", formatMs(input.sloMs ?? 500)],
    [seeds.length === 1 ? "seed" : "seeds", seeds.join(", ")],
    ["heddle", installation().version],
  ];
}

/** The command line that plays the same days, without what only says where results go. */
function commandOf(args: CommandArguments): string {
  const words = ["heddle simulate"];
  for (const name of REPLAYED) {
    for (const value of args.options(name))
      words.push(`--${name} ${/^[\w./:=,%+-]+$/.test(value) ? value : `'${value}'`}`);
  }
  return words.join(" ");
}

const REPLAYED = [
  "config",
  "scenario",
  "scenarios",
  "at",
  "for",
  "duration",
  "warm-up",
  "rps",
  "daily",
  "access-log",
  "service",
  "isolates",
  "utilisation",
  "capacity",
  "slo",
  "seed",
  "seeds",
  "sweep",
  "against",
  "assert",
] as const;
