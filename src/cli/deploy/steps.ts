import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CommandFailure } from "../failure.ts";
import { type BuiltWorker, type DeployedWorker, errorText, readBuilt, readDeployed } from "./read-output.ts";
import type { WorkerConfig } from "./worker-configs.ts";
import { runWrangler, type Wrangler } from "./wrangler.ts";
import { wranglerFix } from "./wrangler-fix.ts";

/** What a step needs beside the Worker. */
export interface Deploying {
  readonly wrangler: Wrangler;
  readonly env: NodeJS.ProcessEnv;
}

/** Builds a Worker as it would be deployed, and sends nothing. Throws CommandFailure with Wrangler's error and its fix. */
export async function tryWorker({ path }: WorkerConfig, { wrangler, env }: Deploying): Promise<BuiltWorker> {
  const out = await mkdtemp(join(tmpdir(), "heddle-deploy-"));
  try {
    const words = ["deploy", "-c", path, "--dry-run", "--outdir", out];
    const { code, output } = await runWrangler(wrangler, words, dirname(path), env);
    if (code !== 0) throw wranglerFailure("does not build", path, output);
    return readBuilt(output);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** Deploys a Worker. Throws CommandFailure with Wrangler's error and its fix. */
export async function deployWorker({ path }: WorkerConfig, { wrangler, env }: Deploying): Promise<DeployedWorker> {
  const { code, output } = await runWrangler(wrangler, ["deploy", "-c", path], dirname(path), env);
  if (code !== 0) throw wranglerFailure("was not deployed", path, output);
  return readDeployed(output);
}

function wranglerFailure(what: string, path: string, output: string): CommandFailure {
  return new CommandFailure("wrangler_failed", `${path} ${what}:\n${errorText(output)}`, wranglerFix(output));
}
