import type { Fault } from "../../config/fault.ts";
import type { Mesh } from "../../core/mesh.ts";
import type { Region } from "../../core/region.ts";
import { shownPath } from "../config/find-config.ts";
import { loadConfig } from "../config/load-config.ts";
import { dashboardFolder } from "../dashboard/dashboard-folder.ts";
import { CommandFailure } from "../failure.ts";
import type { LogSink } from "../workerd/runtime.ts";
import { type ControlledEdge, type Edge, startEdge } from "../workerd/start-edge.ts";
import { applyFile, controlOf } from "./apply-file.ts";
import { removeLocalMesh, writeLocalMesh } from "./local-file.ts";
import { onUsualPorts } from "./usual-ports.ts";
import { watchFiles } from "./watch-files.ts";

export interface SessionOptions {
  /** Absolute path of the config. */
  readonly config: string;
  /** Null: the usual port, or a free one when that is taken. */
  readonly port: number | null;
  /** The control plane, on this port or (null) as for the edge; false: none. */
  readonly control: { readonly port: number | null } | false;
  /** Of the demo: offered to its dashboard. */
  readonly switchboard?: string;
  readonly host?: string;
  readonly stateDir?: string;
  readonly region?: Region;
  /** Secrets of both Workers, by name. Default: none but those that a local mesh makes for itself. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly onLog: LogSink;
  readonly onEvent: (event: SessionEvent) => void;
}

export type SessionEvent =
  /** `number` of the version in the history of the control plane; null without one. */
  | { readonly event: "reloaded"; readonly mesh: Mesh; readonly number: number | null }
  /** The files changed and mean the same. */
  | { readonly event: "unchanged"; readonly mesh: Mesh }
  /** The config has faults, or was refused; `stays` is the version still in force. */
  | { readonly event: "rejected"; readonly faults: readonly Fault[]; readonly stays: string };

/** A mesh that follows its config. */
export interface Session {
  readonly edge: Edge;
  readonly mesh: Mesh;
  stop(): Promise<void>;
}

export type SessionStart =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Starts a mesh on a config and keeps them together: a good change of the config is put in force without a restart, a bad
 * one is reported and changes nothing. With a control plane a change is a version in its history, and other commands find
 * the mesh from this folder.
 *
 * A config with faults is returned as such, and nothing runs then. Throws CommandFailure when the mesh does not start.
 */
export async function startSession(options: SessionOptions): Promise<SessionStart> {
  const loaded = await loadConfig(options.config, Date.now());
  if (!loaded.ok) return { ok: false, faults: loaded.faults };
  const edge = await startOnPorts(loaded.mesh, options);
  const file = shownPath(options.config);
  if (isControlled(edge)) {
    // So that there is a version to compare with and to go back to.
    const message = `heddle dev was started with ${file}`;
    const first = await putInForce(edge, loaded.mesh, options.config, message).catch(async (error: unknown) => {
      await edge.stop();
      throw error;
    });
    if (!first.ok) {
      await edge.stop();
      return first;
    }
    writeLocalMesh({ pid: process.pid, control: edge.controlUrl, edge: edge.url, token: edge.controlToken });
  }

  let inForce = loaded.mesh;
  const reject = (faults: readonly Fault[]) => options.onEvent({ event: "rejected", faults, stays: inForce.version });
  const watch = watchFiles(async () => {
    const changed = await loadConfig(options.config, Date.now());
    await watch.watch(changed.files);
    if (!changed.ok) return reject(changed.faults);
    try {
      // With a control plane, others may have put something else in force meanwhile: it knows what is new.
      const isSame = changed.mesh.version === inForce.version && !isControlled(edge);
      const put = isSame ? null : await putInForce(edge, changed.mesh, options.config, `${file} was saved`);
      if (put?.ok === false) return reject(put.faults);
      inForce = changed.mesh;
      if (put?.isNew === true) options.onEvent({ event: "reloaded", mesh: changed.mesh, number: put.number });
      else options.onEvent({ event: "unchanged", mesh: changed.mesh });
    } catch (error) {
      reject([{ path: "", message: error instanceof CommandFailure ? error.message : String(error) }]);
    }
  });
  await watch.watch(loaded.files);
  return {
    ok: true,
    session: {
      edge,
      mesh: loaded.mesh,
      async stop() {
        watch.stop();
        removeLocalMesh(process.pid);
        await edge.stop();
      },
    },
  };
}

async function startOnPorts(
  mesh: Mesh,
  { host, stateDir, region, secrets = {}, onLog, switchboard, ...options }: SessionOptions,
): Promise<Edge> {
  const { control } = options;
  const dashboard = control === false ? null : await dashboardOrNull(onLog);
  const asked = { port: options.port, controlPort: control === false ? 0 : control.port };
  return onUsualPorts(asked, ({ port, controlPort }) =>
    startEdge({
      mesh,
      port,
      onLog,
      bindings: secrets,
      ...(control !== false && {
        control: {
          port: controlPort,
          bindings: secrets,
          ...(dashboard !== null && { assets: dashboard }),
          ...(switchboard !== undefined && { switchboard }),
        },
      }),
      ...(host !== undefined && { host }),
      ...(stateDir !== undefined && { stateDir }),
      ...(region !== undefined && { region }),
    }),
  );
}

/** A mesh is not kept from running by a dashboard that does not build. */
async function dashboardOrNull(onLog: LogSink): Promise<string | null> {
  try {
    return await dashboardFolder();
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    onLog(error.message, "stderr");
    return null;
  }
}

type Put =
  | { readonly ok: true; readonly isNew: boolean; readonly number: number | null }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Makes the config what the edge runs: a version of the control plane's, or, without one, the mesh itself. */
async function putInForce(edge: Edge, mesh: Mesh, config: string, message: string): Promise<Put> {
  if (!isControlled(edge)) {
    await edge.putMesh(mesh);
    return { ok: true, isNew: true, number: null };
  }
  const applied = await applyFile(controlOf(edge), config, message);
  if (!applied.ok) return applied;
  const { version, digest, compiledAtMs } = applied.version;
  // It reaches isolates with their traffic. Ours has none, perhaps, and is told: this very version, so that nothing else
  // is put in force if another one came after it.
  if (digest === mesh.version && typeof compiledAtMs === "number") await edge.putMesh({ ...mesh, compiledAtMs });
  return { ok: true, isNew: applied.isNew, number: version };
}

function isControlled(edge: Edge): edge is ControlledEdge {
  return edge.controlUrl !== null && edge.controlToken !== null;
}
