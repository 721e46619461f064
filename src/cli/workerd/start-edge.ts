import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Mesh } from "../../core/mesh.ts";
import type { Region } from "../../core/region.ts";
import { unknownExtensions } from "../../core/unknown-extensions.ts";
import { CommandFailure } from "../failure.ts";
import { installation } from "../installation.ts";
import { bundleWorker } from "./bundle.ts";
import { type KeyPair, type KnownHost, type ObjectNamespace, SOCKET, TLS_SOCKET, workerdConfig } from "./capnp.ts";
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
  /** Flags for V8, for tests. Default none. */
  readonly v8Flags?: readonly string[];
  /** Environment of the workerd process; default ours. */
  readonly env?: NodeJS.ProcessEnv;
  /** Gets every line workerd writes. Default: nobody does. */
  readonly onLog?: LogSink;
}

export interface Edge {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Of the socket with TLS; null without one. */
  readonly tlsPort: number | null;
  readonly pid: number;
  /** Settles when workerd is gone. Never rejects. */
  readonly exited: Promise<RuntimeExit>;
  /** Ends workerd and removes its files; resolves when it is gone. */
  stop(): Promise<void>;
  /** Puts a mesh in force without a restart. Throws CommandFailure when the edge refuses it. */
  putMesh(mesh: Mesh): Promise<void>;
}

export const EDGE_NAMESPACES: readonly ObjectNamespace[] = [
  { binding: "SERVICE_MONITOR", className: "ServiceMonitor" },
  { binding: "MESH_CONFIG", className: "MeshConfig" },
  { binding: "ROLLOUT", className: "Rollout" },
];

/** From listening to the first good answer of the ready endpoint. */
const READY_TIMEOUT_MS = 10_000;
const READY_POLL_MS = 20;

/**
 * Runs an edge on a real workerd and resolves when it answers requests.
 *
 * Throws CommandFailure when the mesh names what is registered in code, the Worker does not build, workerd does not start, the port is taken or the edge never gets
 * ready; nothing is left running then. Costs about half a second, most of it workerd's start.
 */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  if (options.entry === undefined) refuseExtensions(options.mesh);
  const host = options.host ?? "127.0.0.1";
  const address = `${host.includes(":") ? `[${host}]` : host}:${options.port ?? 0}`;
  const folder = await mkdtemp(join(tmpdir(), "heddle-edge-"));
  let runtime: Runtime | undefined;
  try {
    const stateDir = resolve(options.stateDir ?? join(folder, "state"));
    await mkdir(stateDir, { recursive: true });
    await writeLayout(folder, options, address, stateDir);
    runtime = await startRuntime(
      join(folder, "config.capnp"),
      address,
      options.env ?? process.env,
      options.onLog ?? (() => {}),
      options.tls === undefined ? [SOCKET] : [SOCKET, TLS_SOCKET],
    );
    const url = `http://${localName(host)}:${runtime.port}`;
    await untilReady(url, runtime);
    return edgeOf(url, runtime, folder, options.bindings?.HEDDLE_OPERATOR_TOKEN);
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

async function writeLayout(folder: string, options: EdgeOptions, address: string, stateDir: string) {
  const parts = installation();
  const [edge, cache] = await Promise.all([
    bundleWorker(options.entry === undefined ? parts.edgeEntry : resolve(options.entry)),
    bundleWorker(parts.cacheEntry),
  ]);
  // A key of its own: sessions end with the edge, as everything of a local one does.
  const bindings: Record<string, string> = { HEDDLE_SESSION_KEY: randomBytes(32).toString("hex") };
  if (options.dev !== false) bindings.HEDDLE_DEV = "1";
  if (options.region !== undefined) bindings.HEDDLE_REGION = options.region;
  const config = workerdConfig({
    edgeModule: "edge.js",
    cacheModule: "cache.js",
    meshModule: "mesh.json",
    address,
    ...(options.tls && { tls: { address: address.replace(/:\d+$/, ":0"), keyPair: options.tls } }),
    ...(options.hosts && { hosts: options.hosts }),
    stateDir,
    namespaces: options.namespaces ?? EDGE_NAMESPACES,
    bindings: { ...bindings, ...options.bindings },
    v8Flags: options.v8Flags ?? [],
  });
  await Promise.all([
    writeFile(join(folder, "edge.js"), edge),
    writeFile(join(folder, "cache.js"), cache),
    writeFile(join(folder, "mesh.json"), JSON.stringify(options.mesh)),
    writeFile(join(folder, "config.capnp"), config, { mode: 0o600 }),
  ]);
}

/** A wildcard address is not one to connect to. */
function localName(host: string): string {
  if (host === "0.0.0.0" || host === "*" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

async function untilReady(url: string, runtime: Runtime): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  let exit: RuntimeExit | undefined;
  void runtime.exited.then((reason) => {
    exit = reason;
  });
  let last = "no answer";
  while (performance.now() < deadline && exit === undefined) {
    try {
      const answer = await fetch(`${url}/.heddle/ready`, { signal: AbortSignal.timeout(2_000) });
      const body = await answer.text();
      if (answer.ok) return;
      last = `${answer.status} ${body.slice(0, 500)}`;
    } catch (error) {
      last = String(error);
    }
    await new Promise((wake) => setTimeout(wake, READY_POLL_MS));
  }
  const why = exit === undefined ? `it answered ${last}` : `workerd ended:\n${exit.lastLines.join("\n")}`;
  throw new CommandFailure("not_ready", `the edge at ${url} did not get ready: ${why}`);
}

function edgeOf(url: string, runtime: Runtime, folder: string, token: string | undefined): Edge {
  const removed = runtime.exited.then(() => rm(folder, { recursive: true, force: true }));
  return {
    url,
    port: runtime.port,
    tlsPort: runtime.tlsPort,
    pid: runtime.pid,
    exited: runtime.exited,
    async stop() {
      await runtime.stop();
      await removed;
    },
    async putMesh(mesh) {
      const answer = await fetch(`${url}/.heddle/mesh`, {
        method: "PUT",
        headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
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
