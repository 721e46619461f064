import { type ChildProcess, spawn } from "node:child_process";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { CommandFailure } from "../failure.ts";
import { workerdProgram } from "../installation.ts";
import { CONTROL_SOCKET, SOCKET } from "./capnp.ts";

export interface RuntimeExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines it wrote, oldest first. */
  readonly lastLines: readonly string[];
}

export interface Runtime {
  readonly pid: number;
  /** Where the edge's socket listens. */
  readonly port: number;
  /** Where every socket that was waited for listens, by its name. */
  readonly ports: ReadonlyMap<string, number>;
  /** Settles when the process is gone, for whatever reason. Never rejects. */
  readonly exited: Promise<RuntimeExit>;
  /** Ends the process; resolves when it is gone. Never throws; may be called again. */
  stop(): Promise<void>;
}

export type LogSink = (line: string, stream: "stdout" | "stderr") => void;

/** From start to listening. Cold disks and loaded machines included. */
const START_TIMEOUT_MS = 60_000;
/** Between asking the process to end and ending it. */
const GRACE_MS = 1_500;
const KEPT_LINES = 20;

/**
 * Runs workerd on a configuration file and waits until its sockets listen.
 *
 * - `configPath`: in a folder of its own, which goes with the process.
 * - `sockets`: those to wait for, the edge's among them: address by name.
 * - `env`: environment of the process.
 *
 * The process gets a group of its own, so that Ctrl-C reaches it through us and never before us. A guard ends it when
 * we die without a chance to. Throws CommandFailure when it cannot start; then nothing is left running.
 */
export async function startRuntime(
  configPath: string,
  sockets: ReadonlyMap<string, string>,
  env: NodeJS.ProcessEnv,
  log: LogSink,
): Promise<Runtime> {
  const child = spawn(workerdProgram(), ["serve", "--experimental", "--control-fd=3", configPath], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    detached: true,
    env,
  });
  const lastLines: string[] = [];
  const keep = (stream: "stdout" | "stderr") => (line: string) => {
    lastLines.push(line);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
    log(line, stream);
  };
  createInterface({ input: child.stdout! }).on("line", keep("stdout"));
  createInterface({ input: child.stderr! }).on("line", keep("stderr"));

  const guard = child.pid === undefined ? null : spawnGuard(child.pid, dirname(configPath));
  const exited = new Promise<RuntimeExit>((resolve) => {
    child.once("error", (error) => {
      lastLines.push(String(error));
      resolve({ code: null, signal: null, lastLines });
    });
    child.once("close", (code, signal) => {
      guard?.stdin?.end("over\n");
      resolve({ code, signal, lastLines });
    });
  });
  const stop = () => endProcess(child, exited);

  const first = await Promise.race([listenPorts(child.stdio[3] as Readable, sockets), exited, late()]);
  if (first instanceof Map) {
    return { pid: child.pid!, port: first.get(SOCKET)!, ports: first, exited, stop };
  }
  await stop();
  throw startFailure(first, sockets, lastLines);
}

function startFailure(
  reason: "late" | RuntimeExit,
  sockets: ReadonlyMap<string, string>,
  lastLines: readonly string[],
): CommandFailure {
  const said = lastLines.join("\n");
  const taken = /^Socket "(\w+)": bind\(\): Address already in use/im.exec(said)?.[1];
  if (taken !== undefined) {
    const option = taken === CONTROL_SOCKET ? "--control-port" : "--port";
    return new CommandFailure(
      taken === CONTROL_SOCKET ? "control_port_in_use" : "port_in_use",
      `${sockets.get(taken)} is already in use`,
      `give another port with ${option}, or ${option} 0 for any free one`,
    );
  }
  const what =
    reason === "late"
      ? `workerd did not listen within ${START_TIMEOUT_MS / 1_000} s`
      : `workerd could not start (exit code ${reason.code ?? reason.signal ?? "unknown"})`;
  return new CommandFailure("start_failed", said === "" ? what : `${what}:\n${said}`);
}

async function late(): Promise<"late"> {
  return new Promise((resolve) => setTimeout(resolve, START_TIMEOUT_MS, "late" as const).unref());
}

/** Ports of our sockets, from the messages workerd writes on its control channel. */
function listenPorts(control: Readable, sockets: ReadonlyMap<string, string>): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  return new Promise((resolve) => {
    createInterface({ input: control }).on("line", (line) => {
      const message = JSON.parse(line) as { event?: string; socket?: string; port?: number };
      if (message.event !== "listen" || message.socket === undefined || message.port === undefined) return;
      if (!sockets.has(message.socket)) return;
      ports.set(message.socket, message.port);
      if (ports.size === sockets.size) resolve(ports);
    });
  });
}

/**
 * A shell that waits on a pipe only we hold: the pipe ends when we do, whatever ended us, and it ends workerd and removes
 * its files. Told "over", it goes quietly.
 */
function spawnGuard(pid: number, folder: string): ChildProcess | null {
  if (process.platform === "win32") return null;
  const script = 'read -r word || { kill -9 "$1"; rm -rf "$2"; }';
  const guard = spawn("/bin/sh", ["-c", script, "heddle-guard", String(pid), folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  guard.on("error", () => {});
  (guard.stdin as Writable).on("error", () => {});
  guard.unref();
  (guard.stdin as unknown as { unref?: () => void }).unref?.();
  return guard;
}

async function endProcess(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await exited;
  clearTimeout(timer);
}
