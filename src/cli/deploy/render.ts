import { shownPath } from "../config/find-config.ts";
import { renderDiff } from "../control/render-diff.ts";
import { table } from "../table.ts";
import type { Paint } from "../terminal.ts";
import type { Drift } from "./config-drift.ts";
import type { BuiltWorker } from "./read-output.ts";
import type { WorkerConfig } from "./worker-configs.ts";

/** A Worker, and what it would be deployed as. */
export interface PlannedWorker {
  readonly worker: WorkerConfig;
  readonly built: BuiltWorker;
}

/** Lines that say what a deployment will do. */
export function renderPlan(planned: readonly PlannedWorker[], drift: Drift, width: number, paint: Paint): string[] {
  return [...renderDrift(drift, width, paint), ...planned.flatMap((one) => ["", ...renderWorker(one, paint)])];
}

function renderWorker({ worker, built }: PlannedWorker, paint: Paint): string[] {
  const { uploadKiB, gzipKiB, bindings } = built;
  const size = uploadKiB === null ? "" : `  ${uploadKiB} KiB, ${gzipKiB} KiB gzipped`;
  return [
    `${paint.bold(worker.deployment.name)}  ${paint.dim(`${worker.kind}, ${shownPath(worker.path)}`)}${size}`,
    ...table(bindings.map(({ name, target, resource }) => [`  ${name}`, target, paint.dim(resource)])),
  ];
}

function renderDrift(drift: Drift, width: number, paint: Paint): string[] {
  switch (drift.kind) {
    case "unknown":
      return [paint.dim(`config: not compared with the one in force: ${drift.why}`)];
    case "never-applied":
      return ["config: nothing was applied yet; the one that is deployed is in force"];
    case "same":
      return [`config: the same as version ${drift.version}, which is in force`];
    case "differs":
      return [
        paint.yellow(
          `config: differs from version ${drift.version}, which is in force; the deployed one is newer and takes its place:`,
        ),
        ...renderDiff(drift.diff, width, paint),
      ];
  }
}
