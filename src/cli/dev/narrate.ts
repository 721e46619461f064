import { dirname, join } from "node:path";
import type { Mesh } from "../../core/mesh.ts";
import { countOf, reportFaults } from "../config/faults-report.ts";
import { shownPath } from "../config/find-config.ts";
import { dashboardUrl } from "../dashboard/dashboard-url.ts";
import type { Terminal } from "../terminal.ts";
import type { LogSink } from "../workerd/runtime.ts";
import type { Edge } from "../workerd/start-edge.ts";
import { LOCAL_SECRETS_FILE, missingSecrets } from "./local-secrets.ts";
import type { SessionEvent } from "./session.ts";

/** Tells a person, or with `asJson` a program, what a session does. */
export interface Narrator {
  ready(edge: Edge, mesh: Mesh): void;
  onEvent(event: SessionEvent): void;
  readonly onLog: LogSink;
}

/** - `secrets`: those that the mesh was started with. */
export function createNarrator(
  config: string,
  secrets: Readonly<Record<string, string>>,
  asJson: boolean,
  terminal: Terminal,
): Narrator {
  const { out, err, paint } = terminal;
  const file = shownPath(config);
  const tellMissing = (mesh: Mesh) => {
    const missing = missingSecrets(mesh, secrets);
    if (missing.length === 0) return;
    if (asJson) return out(JSON.stringify({ event: "secrets-missing", missing }));
    for (const { name, use } of missing) err(`${paint.yellow("missing")} secret ${paint.bold(name)}: ${use}`);
    const where = shownPath(join(dirname(config), LOCAL_SECRETS_FILE));
    err(`        ${paint.dim("→")} NAME=value in ${where}, which is read at the start and is not for the repository`);
  };
  return {
    ready({ url, controlUrl, controlToken, pid }, mesh) {
      if (asJson) {
        // Its token is in .heddle/local.json, which only this user can read; output ends up in logs.
        const control = controlUrl === null ? {} : { control: controlUrl };
        out(JSON.stringify({ event: "ready", url, ...control, pid, version: mesh.version }));
        return tellMissing(mesh);
      }
      out(`${paint.green("ready")} ${paint.bold(url)} ${paint.dim(`${contents(mesh)}, version ${mesh.version}`)}`);
      if (controlUrl !== null) {
        out(`control plane ${paint.bold(controlUrl)} ${paint.dim("from this folder: heddle status, drain, events …")}`);
        if (controlToken !== null) out(`dashboard     ${paint.bold(dashboardUrl(controlUrl, controlToken))}`);
      }
      tellMissing(mesh);
    },
    onEvent(event) {
      if (event.event !== "rejected") {
        const { mesh } = event;
        const number = event.event === "reloaded" ? event.number : null;
        const numbered = number === null ? {} : { number };
        const version = `version ${number === null ? "" : `${number}, `}${mesh.version}`;
        if (asJson) out(JSON.stringify({ event: event.event, version: mesh.version, ...numbered }));
        else out(`${paint.green(event.event)} ${file} ${paint.dim(`${contents(mesh)}, ${version}`)}`);
        tellMissing(mesh);
      } else if (asJson) {
        out(JSON.stringify({ event: "rejected", faults: event.faults, stays: event.stays }));
      } else {
        reportFaults(config, event.faults, false, terminal);
        err(paint.yellow(`version ${event.stays} stays in force`));
      }
    },
    onLog: (line) => err(paint.dim(line)),
  };
}

function contents({ services, routes }: Mesh): string {
  const endpoints = services.reduce((total, service) => total + service.endpoints.length, 0);
  return [countOf(services.length, "service"), countOf(endpoints, "endpoint"), countOf(routes.length, "route")].join(
    ", ",
  );
}
