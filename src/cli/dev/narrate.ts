import type { Mesh } from "../../core/mesh.ts";
import { countOf, reportFaults } from "../config/faults-report.ts";
import { shownPath } from "../config/find-config.ts";
import type { Terminal } from "../terminal.ts";
import type { LogSink } from "../workerd/runtime.ts";
import type { SessionEvent } from "./session.ts";

/** Tells a person, or with `asJson` a program, what a session does. */
export interface Narrator {
  ready(url: string, pid: number, mesh: Mesh): void;
  onEvent(event: SessionEvent): void;
  readonly onLog: LogSink;
}

export function createNarrator(config: string, asJson: boolean, terminal: Terminal): Narrator {
  const { out, err, paint } = terminal;
  const file = shownPath(config);
  return {
    ready(url, pid, mesh) {
      if (asJson) out(JSON.stringify({ event: "ready", url, pid, version: mesh.version }));
      else out(`${paint.green("ready")} ${paint.bold(url)} ${paint.dim(`${contents(mesh)}, version ${mesh.version}`)}`);
    },
    onEvent(event) {
      if (event.event !== "rejected") {
        const { mesh } = event;
        if (asJson) out(JSON.stringify({ event: event.event, version: mesh.version }));
        else out(`${paint.green(event.event)} ${file} ${paint.dim(`${contents(mesh)}, version ${mesh.version}`)}`);
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
