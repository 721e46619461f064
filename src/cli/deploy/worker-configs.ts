import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import type { CommandArguments } from "../command.ts";
import { shownPath } from "../config/find-config.ts";
import { CommandFailure } from "../failure.ts";
import { userPath } from "../terminal.ts";
import { type Deployment, deploymentOf } from "../workerd/deployment.ts";

export type WorkerKind = "edge" | "control";
export const WORKER_KINDS: readonly WorkerKind[] = ["edge", "control"];

/** A Worker of the project and the file it is deployed by. */
export interface WorkerConfig {
  readonly kind: WorkerKind;
  /** Absolute. */
  readonly path: string;
  readonly deployment: Deployment;
}

export type FoundWorker =
  | { readonly ok: true; readonly worker: WorkerConfig }
  /** `path`: null when none is there. */
  | { readonly ok: false; readonly path: string | null; readonly detail: string };

/** Where the files are when nobody says: as `heddle init` writes them, then as in Heddle's own repository. */
const USUAL: Readonly<Record<WorkerKind, readonly string[]>> = {
  edge: ["wrangler.toml"],
  control: ["wrangler.control.toml", join("workers", "control", "wrangler.toml")],
};

/** The Worker of a kind, by `--edge-config` or `--control-config` or from the current folder. Never throws. */
export function findWorker(kind: WorkerKind, args: CommandArguments, env: NodeJS.ProcessEnv): FoundWorker {
  const given = args.option(`${kind}-config`);
  const candidates = given === null ? USUAL[kind] : [given];
  const path = candidates.map((candidate) => userPath(candidate, env)).find((candidate) => existsSync(candidate));
  if (path === undefined) return { ok: false, path: null, detail: `there is no ${candidates.join(" or ")} here` };
  try {
    const deployment = deploymentOf(parse(readFileSync(path, "utf8")));
    if (deployment === null) return { ok: false, path, detail: `${shownPath(path)} names no Worker` };
    return { ok: true, worker: { kind, path, deployment } };
  } catch (error) {
    return { ok: false, path, detail: `${shownPath(path)} is not TOML: ${(error as Error).message.split("\n")[0]}` };
  }
}

/** The same. Throws CommandFailure when there is none. */
export function workerConfig(kind: WorkerKind, args: CommandArguments, env: NodeJS.ProcessEnv): WorkerConfig {
  const found = findWorker(kind, args, env);
  if (found.ok) return found.worker;
  throw new CommandFailure("no_worker", found.detail, `heddle init writes one; or name it with --${kind}-config FILE`);
}

/** Bindings of the control plane that belong to another Worker than this edge. */
export function foreignBindings(edge: WorkerConfig, control: WorkerConfig): readonly string[] {
  return control.deployment.namespaces
    .filter(({ owner }) => owner !== undefined && owner !== edge.deployment.name)
    .map(({ binding, owner }) => `${binding} of ${owner}`);
}
