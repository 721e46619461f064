/** What the project has to have: a config, and two Workers with the bindings, classes and secrets that this heddle reads. */
import { dirname } from "node:path";
import type { Mesh } from "../../core/mesh.ts";
import type { CommandArguments } from "../command.ts";
import { countOf } from "../config/faults-report.ts";
import { findConfig, shownPath } from "../config/find-config.ts";
import { type ReadSource, readSource } from "../control/source.ts";
import { type ExpectedSecret, expectedSecrets } from "../deploy/secrets.ts";
import {
  type FoundWorker,
  findWorker,
  foreignBindings,
  WORKER_KINDS,
  type WorkerConfig,
  type WorkerKind,
} from "../deploy/worker-configs.ts";
import { findWrangler, runWrangler } from "../deploy/wrangler.ts";
import { readLocalSecrets } from "../dev/local-secrets.ts";
import { CommandFailure } from "../failure.ts";
import { installation } from "../installation.ts";
import { readDeployment } from "../workerd/deployment.ts";
import { broken, type Check, ok, unknown, warning } from "./check.ts";

/** The config and what it compiles to. `read`: null when there is none, or it has faults. */
export interface CheckedConfig {
  readonly check: Check;
  readonly read: Extract<ReadSource, { readonly ok: true }> | null;
}

export async function checkConfig(args: CommandArguments, env: NodeJS.ProcessEnv): Promise<CheckedConfig> {
  let path: string;
  try {
    path = findConfig(args.option("config"), env);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { check: broken("config", error.message, "heddle init writes one"), read: null };
  }
  const read = await readSource(path, Date.now());
  if (read.ok) return { check: ok("config", `${shownPath(path)}: version ${read.mesh.version}`), read };
  const [first] = read.faults;
  const at = first?.path === undefined || first.path === "" ? "" : `${first.path} `;
  const says = `${shownPath(path)} has ${countOf(read.faults.length, "fault")}: ${at}${first?.message}`;
  return { check: broken("config", says, `heddle validate ${shownPath(path)}`), read: null };
}

/** Both Workers' wrangler.toml, against those that this version of heddle is deployed with. */
export function checkWorkers(args: CommandArguments, env: NodeJS.ProcessEnv): readonly Check[] {
  const found = new Map(WORKER_KINDS.map((kind) => [kind, findWorker(kind, args, env)] as const));
  const checks = WORKER_KINDS.map((kind) => checkWorker(kind, found.get(kind)!));
  const [edge, control] = WORKER_KINDS.map((kind) => found.get(kind)!);
  if (!edge?.ok || !control?.ok) return checks;
  const foreign = foreignBindings(edge.worker, control.worker);
  if (foreign.length === 0) return checks;
  const says = `the control plane binds ${foreign.join(", ")}, but the edge is ${edge.worker.deployment.name}`;
  const fix = `let script_name be "${edge.worker.deployment.name}" in ${shownPath(control.worker.path)}`;
  return [...checks, broken("control-edge", says, fix)];
}

function checkWorker(kind: WorkerKind, found: FoundWorker): Check {
  const id = `${kind}-worker`;
  if (!found.ok) {
    const fix = found.path === null ? "heddle init writes one, if this project is to be deployed" : "mend the file";
    return found.path === null ? warning(id, found.detail, fix) : broken(id, found.detail, fix);
  }
  const { path, deployment } = found.worker;
  const parts = installation();
  const own = readDeployment(kind === "edge" ? parts.edgeDeployment : parts.controlDeployment);
  const file = shownPath(path);
  const missing = own.namespaces.filter(
    ({ binding, className }) =>
      !deployment.namespaces.some((there) => there.binding === binding && there.className === className),
  );
  if (missing.length > 0) {
    const names = missing.map(({ binding, className }) => `${binding} (${className})`).join(", ");
    return broken(id, `${file} does not bind ${names}`, `add [[durable_objects.bindings]] as in ${sample(kind)}`);
  }
  const unstored = own.storedClasses.filter((name) => !deployment.storedClasses.includes(name));
  if (unstored.length > 0) {
    return broken(
      id,
      `${file} declares no storage for ${unstored.join(", ")}`,
      `add [exports.${unstored[0]}] as in ${sample(kind)}`,
    );
  }
  if (deployment.compatibilityDate < own.compatibilityDate) {
    const says = `${file} has compatibility_date ${deployment.compatibilityDate || "of no day"}; this heddle is tested with ${own.compatibilityDate}`;
    return warning(id, says, `set compatibility_date = "${own.compatibilityDate}"`);
  }
  return ok(id, `${deployment.name} (${file}): ${countOf(deployment.namespaces.length, "object binding")}`);
}

function sample(kind: WorkerKind): string {
  const parts = installation();
  return shownPath(kind === "edge" ? parts.edgeDeployment : parts.controlDeployment);
}

const SECRETS_TIMEOUT_MS = 20_000;

/**
 * The secrets of both Workers, by name: those that are deployed where Wrangler may ask, else those of .dev.vars, which is all
 * that can be seen from here.
 */
export async function checkSecrets(
  args: CommandArguments,
  env: NodeJS.ProcessEnv,
  mesh: Mesh | null,
): Promise<readonly Check[]> {
  const workers = WORKER_KINDS.map((kind) => findWorker(kind, args, env)).flatMap((found) =>
    found.ok ? [found.worker] : [],
  );
  return Promise.all(workers.map((worker) => checkSecretsOf(worker, env, mesh)));
}

async function checkSecretsOf(worker: WorkerConfig, env: NodeJS.ProcessEnv, mesh: Mesh | null): Promise<Check> {
  const id = `${worker.kind}-secrets`;
  const { storeSecrets } = worker.deployment;
  const expected = expectedSecrets(worker.kind, mesh).filter(({ name }) => !storeSecrets.includes(name));
  const deployed = env.CLOUDFLARE_API_TOKEN === undefined ? null : await deployedSecrets(worker, env);
  const { name } = worker.deployment;
  const put = (secret: ExpectedSecret) => `npx wrangler secret put ${secret.name} -c ${shownPath(worker.path)}`;
  if (deployed === null) {
    const local = Object.keys(readLocalSecrets(dirname(worker.path)));
    const missing = expected.filter((secret) => !local.includes(secret.name)).map((secret) => secret.name);
    const where = `.dev.vars has ${local.length === 0 ? "none" : local.join(", ")}`;
    const says = `${name}: secrets that are deployed cannot be seen without CLOUDFLARE_API_TOKEN; ${where}`;
    return unknown(
      id,
      says,
      missing.length === 0 ? "" : `it reads ${expected.map((secret) => secret.name).join(", ")}`,
    );
  }
  const missing = expected.filter((secret) => !deployed.includes(secret.name));
  const worst = missing.find(({ need }) => need === "needed") ?? missing[0];
  if (worst === undefined) return ok(id, `${name} has ${expected.map((secret) => secret.name).join(", ")}`);
  const says = `${name} lacks ${missing.map((secret) => secret.name).join(", ")}: without ${worst.name} ${worst.without}`;
  return worst.need === "needed" ? broken(id, says, put(worst)) : warning(id, says, put(worst));
}

/** Names of the secrets that the deployed Worker has; null when Wrangler could not tell. */
async function deployedSecrets({ path }: WorkerConfig, env: NodeJS.ProcessEnv): Promise<readonly string[] | null> {
  const wrangler = findWrangler(dirname(path));
  if (wrangler === null) return null;
  const words = ["secret", "list", "-c", path, "--format", "json"];
  const { code, output } = await runWrangler(wrangler, words, dirname(path), env, SECRETS_TIMEOUT_MS);
  if (code !== 0) return null;
  try {
    const list = JSON.parse(output.slice(output.indexOf("["), output.lastIndexOf("]") + 1)) as { name: string }[];
    return list.map(({ name }) => name);
  } catch {
    return null;
  }
}
