import type { Fault } from "../../config/fault.ts";
import type { Mesh } from "../../core/mesh.ts";
import type { Region } from "../../core/region.ts";
import { loadConfig } from "../config/load-config.ts";
import { CommandFailure } from "../failure.ts";
import type { LogSink } from "../workerd/runtime.ts";
import { type Edge, startEdge } from "../workerd/start-edge.ts";
import { watchFiles } from "./watch-files.ts";

export interface SessionOptions {
  /** Absolute path of the config. */
  readonly config: string;
  readonly port: number;
  readonly host?: string;
  readonly stateDir?: string;
  readonly region?: Region;
  readonly onLog: LogSink;
  readonly onEvent: (event: SessionEvent) => void;
}

export type SessionEvent =
  | { readonly event: "reloaded"; readonly mesh: Mesh }
  /** The files changed and mean the same. */
  | { readonly event: "unchanged"; readonly mesh: Mesh }
  /** The config has faults, or the edge refused it; `stays` is the version still in force. */
  | { readonly event: "rejected"; readonly faults: readonly Fault[]; readonly stays: string };

/** An edge that follows its config. */
export interface Session {
  readonly edge: Edge;
  readonly mesh: Mesh;
  stop(): Promise<void>;
}

export type SessionStart =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Starts an edge on a config and keeps them together: a good change of the config is put in force without a restart, a
 * bad one is reported and changes nothing.
 *
 * A config with faults is returned as such, and nothing runs then. Throws CommandFailure when the edge does not start.
 */
export async function startSession(options: SessionOptions): Promise<SessionStart> {
  const loaded = await loadConfig(options.config, Date.now());
  if (!loaded.ok) return { ok: false, faults: loaded.faults };
  const { port, host, stateDir, region, onLog } = options;
  let inForce = loaded.mesh;
  const edge = await startEdge({
    mesh: loaded.mesh,
    port,
    onLog,
    ...(host !== undefined && { host }),
    ...(stateDir !== undefined && { stateDir }),
    ...(region !== undefined && { region }),
  });

  const reject = (faults: readonly Fault[]) => options.onEvent({ event: "rejected", faults, stays: inForce.version });
  const watch = watchFiles(async () => {
    const changed = await loadConfig(options.config, Date.now());
    await watch.watch(changed.files);
    if (!changed.ok) return reject(changed.faults);
    if (changed.mesh.version === inForce.version) return options.onEvent({ event: "unchanged", mesh: inForce });
    try {
      await edge.putMesh(changed.mesh);
      inForce = changed.mesh;
      options.onEvent({ event: "reloaded", mesh: changed.mesh });
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
        await edge.stop();
      },
    },
  };
}
