import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Mesh } from "../../core/mesh.ts";
import type { Region } from "../../core/region.ts";
import { unknownExtensions } from "../../core/unknown-extensions.ts";
import { CommandFailure } from "../failure.ts";
import { type CertificateBinding, CONTROL_SOCKET, type KeyPair, type KnownHost, SOCKET, TLS_SOCKET } from "./capnp.ts";
import type { ObjectNamespace } from "./deployment.ts";
import { layOut, type Tokens } from "./lay-out.ts";
import { type LogSink, type Runtime, type RuntimeExit, startRuntime } from "./runtime.ts";

export interface EdgeOptions {
  readonly mesh: Mesh;
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Listens with TLS too, on a free port of the same address. */
  readonly tls?: KeyPair;
  /** Origins by name without a look-up, with an authority of their own; https only. */
  readonly hosts?: readonly KnownHost[];
  /** Certificate authorities that are believed beside those of browsers, in PEM. Default none. */
  readonly authorities?: readonly string[];
  /** Bindings that show client certificates to origins. Default none. */
  readonly certificates?: readonly CertificateBinding[];
  /** Where Durable Objects keep their data; made when missing. Without it the data ends with the edge. */
  readonly stateDir?: string;
  /** Region the edge takes itself to be in. */
  readonly region?: Region;
  /** Debug headers and internal endpoints for every caller. Default true. */
  readonly dev?: boolean;
  /** More text for the Worker's `env`; wins over what the options above set. */
  readonly bindings?: Readonly<Record<string, string>>;
  /** Main module of the Worker; default the edge itself. A test may wrap it. */
  readonly entry?: string;
  /** Durable Objects `entry` exports; default the edge's own. */
  readonly namespaces?: readonly ObjectNamespace[];
  /** Runs the control plane beside it, in the same process. Default: no. */
  readonly control?: true | ControlOptions;
  /** Flags for V8, for tests. Default none. */
  readonly v8Flags?: readonly string[];
  /** Environment of the workerd process; default ours. */
  readonly env?: NodeJS.ProcessEnv;
  /** Gets every line workerd writes. Default: nobody does. */
  readonly onLog?: LogSink;
}

export interface ControlOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  /** More text for the Worker's `env`; a HEDDLE_BOOTSTRAP_TOKEN here is the one to use. */
  readonly bindings?: Readonly<Record<string, string>>;
  /** Main module of the Worker; default the control plane itself. A test may wrap it. */
  readonly entry?: string;
  /** Durable Objects it has and uses; default those of its wrangler.toml. Those of the edge have `owner: "edge"`. */
  readonly namespaces?: readonly ObjectNamespace[];
  /** Folder of the files it serves, as the platform would, and as ASSETS. Default: none, and no such binding. */
  readonly assets?: string;
  /** The demo's switchboard, to be offered below /demo/ beside the files. Default: none. */
  readonly switchboard?: string;
}

export interface Edge {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Of the socket with TLS; null without one. */
  readonly tlsPort: number | null;
  /** Of the control plane, without a trailing slash; null when it does not run. */
  readonly controlUrl: string | null;
  /** A token that may do everything there; null when it does not run. */
  readonly controlToken: string | null;
  readonly pid: number;
  /** Settles when workerd is gone. Never rejects. */
  readonly exited: Promise<RuntimeExit>;
  /** Ends workerd and removes its files; resolves when it is gone. */
  stop(): Promise<void>;
  /** Puts a mesh in force without a restart. Throws CommandFailure when the edge refuses it. */
  putMesh(mesh: Mesh): Promise<void>;
}

/** An edge with a control plane beside it. */
export interface ControlledEdge extends Edge {
  readonly controlUrl: string;
  readonly controlToken: string;
}

/** From listening to the first good answer of the ready endpoint; for one question of it. Loaded machines included. */
const READY_TIMEOUT_MS = 60_000;
const READY_ANSWER_MS = 10_000;
const READY_POLL_MS = 20;

/**
 * Runs an edge on a real workerd, with `control` the control plane too, and resolves when they answer requests.
 *
 * Throws CommandFailure when the mesh names what is registered in code, a Worker does not build, workerd does not start, a
 * port is taken or a Worker never gets ready; nothing is left running then. Costs about a quarter of a second, and as much
 * again for the control plane, whose bundle is built once in a process.
 */
export function startEdge(options: EdgeOptions & { readonly control: true | ControlOptions }): Promise<ControlledEdge>;
export function startEdge(options: EdgeOptions): Promise<Edge>;
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  if (options.entry === undefined) refuseExtensions(options.mesh);
  const host = options.host ?? "127.0.0.1";
  const at = (port: number) => `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const folder = await mkdtemp(join(tmpdir(), "heddle-edge-"));
  let runtime: Runtime | undefined;
  try {
    const stateDir = resolve(options.stateDir ?? join(folder, "state"));
    await mkdir(stateDir, { recursive: true });
    const tokens = await layOut(folder, options, at, stateDir);
    const sockets = new Map([[SOCKET, at(options.port ?? 0)]]);
    if (options.tls !== undefined) sockets.set(TLS_SOCKET, at(0));
    if (options.control !== undefined) sockets.set(CONTROL_SOCKET, at(controlPortOf(options.control)));
    const { env = process.env, onLog = () => {} } = options;
    runtime = await startRuntime(join(folder, "config.capnp"), sockets, env, onLog);
    const base = (port: number) => `http://${localName(host)}:${port}`;
    const url = base(runtime.port);
    const controlPort = runtime.ports.get(CONTROL_SOCKET);
    const controlUrl = controlPort === undefined ? null : base(controlPort);
    await Promise.all([
      untilReady("edge", `${url}/.heddle/ready`, runtime),
      controlUrl === null ? null : untilReady("control plane", `${controlUrl}/livez`, runtime),
    ]);
    return edgeOf(url, controlUrl, runtime, folder, tokens);
  } catch (error) {
    await runtime?.stop();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The edge itself has nothing of the user's code. */
function refuseExtensions(mesh: Mesh): void {
  const nothing = { has: () => false };
  const named = unknownExtensions(mesh, { filters: nothing, policies: nothing, classifiers: nothing });
  if (named.length === 0) return;
  throw new CommandFailure(
    "unknown_extension",
    `the mesh names what is registered in code: ${named.join(", ")}`,
    "run the Worker that registers it, with wrangler dev",
  );
}

function controlPortOf(control: true | ControlOptions): number {
  return control === true ? 0 : (control.port ?? 0);
}

/** A wildcard address is not one to connect to. */
function localName(host: string): string {
  if (host === "0.0.0.0" || host === "*" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

async function untilReady(what: string, url: string, runtime: Runtime): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  let exit: RuntimeExit | undefined;
  void runtime.exited.then((reason) => {
    exit = reason;
  });
  let last = "no answer";
  while (performance.now() < deadline && exit === undefined) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(READY_ANSWER_MS) });
      const body = await answer.text();
      if (answer.ok) return;
      last = `${answer.status} ${body.slice(0, 500)}`;
    } catch (error) {
      last = String(error);
    }
    await new Promise((wake) => setTimeout(wake, READY_POLL_MS));
  }
  const why = exit === undefined ? `it answered ${last}` : `workerd ended:\n${exit.lastLines.join("\n")}`;
  throw new CommandFailure("not_ready", `the ${what} at ${url} did not get ready: ${why}`);
}

function edgeOf(url: string, controlUrl: string | null, runtime: Runtime, folder: string, tokens: Tokens): Edge {
  const removed = runtime.exited.then(() => rm(folder, { recursive: true, force: true }));
  const { operator, bootstrap } = tokens;
  return {
    url,
    port: runtime.port,
    tlsPort: runtime.ports.get(TLS_SOCKET) ?? null,
    controlUrl,
    controlToken: bootstrap,
    pid: runtime.pid,
    exited: runtime.exited,
    async stop() {
      await runtime.stop();
      await removed;
    },
    async putMesh(mesh) {
      const answer = await fetch(`${url}/.heddle/mesh`, {
        method: "PUT",
        headers: { "content-type": "application/json", ...(operator && { authorization: `Bearer ${operator}` }) },
        body: JSON.stringify(mesh),
        signal: AbortSignal.timeout(10_000),
      });
      const body = await answer.text();
      if (!answer.ok) {
        throw new CommandFailure("mesh_refused", `the edge refused the mesh: ${answer.status} ${body.slice(0, 500)}`);
      }
    },
  };
}
