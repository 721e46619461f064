import { confirm, mayAsk } from "../ask.ts";
import type { CommandArguments, RunCommand } from "../command.ts";
import { reportFaults } from "../config/faults-report.ts";
import { findConfig } from "../config/find-config.ts";
import { actionWord } from "../control/action-word.ts";
import { readSource } from "../control/source.ts";
import { driftOf } from "../deploy/config-drift.ts";
import type { DeployedWorker } from "../deploy/read-output.ts";
import { type PlannedWorker, renderPlan } from "../deploy/render.ts";
import { type Deploying, deployWorker, tryWorker } from "../deploy/steps.ts";
import { foreignBindings, WORKER_KINDS, type WorkerConfig, workerConfig } from "../deploy/worker-configs.ts";
import { findWrangler } from "../deploy/wrangler.ts";
import { CommandFailure, type ExitCode } from "../failure.ts";
import { widthOf } from "../fit-table.ts";
import type { Terminal } from "../terminal.ts";

interface Done {
  readonly worker: WorkerConfig;
  readonly deployed: DeployedWorker;
}

/** `heddle deploy`: both Workers by Wrangler, the edge first, after showing what will change. */
export const deploy: RunCommand = async (args, terminal) => {
  const { env, out, err, paint } = terminal;
  const asJson = args.has("json");
  const workers = workersToDeploy(args, env);
  if (!args.has("dry-run") && !args.has("yes") && !mayAsk()) {
    throw new CommandFailure("usage", "nobody can be asked here", "look with --dry-run, then deploy with --yes", 2);
  }
  const wrangler = findWrangler(env.INIT_CWD ?? process.cwd());
  if (wrangler === null) {
    throw new CommandFailure("no_wrangler", "Wrangler is not installed in this project", "npm install -D wrangler");
  }
  const path = findConfig(args.option("config"), env);
  const read = await readSource(path, Date.now());
  if (!read.ok) {
    reportFaults(path, read.faults, asJson, terminal);
    return 1;
  }
  const deploying: Deploying = { wrangler, env };
  if (!asJson) err(paint.dim(`building ${namesOf(workers)} …`));
  const planned: readonly PlannedWorker[] = await Promise.all(
    workers.map(async (worker) => ({ worker, built: await tryWorker(worker, deploying) })),
  );
  const drift = await driftOf(read.source, args, env);
  if (!asJson) for (const line of renderPlan(planned, drift, widthOf(terminal), paint)) out(line);
  const plan = { config: drift, workers: planned.map(planJson) };
  if (args.has("dry-run")) {
    if (asJson) out(JSON.stringify({ ok: true, dryRun: true, ...plan }));
    else out("\nnothing was deployed (--dry-run)");
    return 0;
  }
  if (!args.has("yes") && (await confirm(`\nDeploy ${namesOf(workers)}?`)) !== true) return declined(asJson, terminal);

  const done: Done[] = [];
  for (const worker of workers) {
    if (!asJson) err(paint.dim(`deploying ${worker.deployment.name} …`));
    try {
      done.push({ worker, deployed: await deployWorker(worker, deploying) });
    } catch (error) {
      throw withWhatIsDone(error, done);
    }
    if (!asJson) reportDone(done.at(-1)!, terminal);
  }
  if (asJson) {
    const deployed = done.map(({ worker, deployed: { urls, versionId } }) => ({
      name: worker.deployment.name,
      urls,
      versionId,
    }));
    out(JSON.stringify({ ok: true, dryRun: false, ...plan, deployed }));
  }
  return 0;
};

/** The edge first: it has the objects that the control plane binds. */
function workersToDeploy(args: CommandArguments, env: NodeJS.ProcessEnv): readonly WorkerConfig[] {
  const only = args.option("only");
  const kinds = only === null ? WORKER_KINDS : [actionWord(only, WORKER_KINDS, "deploy --only")];
  const workers = kinds.map((kind) => workerConfig(kind, args, env));
  const [edge, control] = workers;
  if (edge === undefined || control === undefined) return workers;
  const foreign = foreignBindings(edge, control);
  if (foreign.length === 0) return workers;
  throw new CommandFailure(
    "other_edge",
    `the control plane binds ${foreign.join(", ")}, but the edge is ${edge.deployment.name}`,
    `let script_name be "${edge.deployment.name}" in ${control.path}`,
  );
}

function namesOf(workers: readonly WorkerConfig[]): string {
  return workers.map(({ deployment }) => deployment.name).join(" and ");
}

function declined(asJson: boolean, { out }: Terminal): ExitCode {
  out(asJson ? JSON.stringify({ ok: false, error: "declined" }) : "nothing was deployed");
  return 1;
}

/** A failure after the first Worker leaves that one deployed; whoever reads it has to know. */
function withWhatIsDone(error: unknown, done: readonly Done[]): unknown {
  if (!(error instanceof CommandFailure) || done.length === 0) return error;
  const names = done.map(({ worker }) => worker.deployment.name).join(", ");
  return new CommandFailure(error.code, `${error.message}\n${names} is deployed already, and stays`, error.fix);
}

function reportDone({ worker, deployed }: Done, { out, paint }: Terminal): void {
  const version = deployed.versionId === null ? "" : paint.dim(` version ${deployed.versionId}`);
  out(`${paint.green("deployed")} ${paint.bold(worker.deployment.name)}${version}`);
  for (const url of deployed.urls) out(`  ${url}`);
}

function planJson({ worker, built }: PlannedWorker) {
  return { kind: worker.kind, name: worker.deployment.name, file: worker.path, ...built };
}
