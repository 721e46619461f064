/** Proxies that are programs of this machine: found, started on a config of their own and ended. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Running } from "./contender.ts";

export interface Program {
  readonly command: string;
  /** Arguments that run it in the foreground on the config at this path. */
  readonly args: (configPath: string) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ProgramPlace {
  /** Folder of its own for the config and whatever the program writes. */
  readonly folder: string;
  readonly port: number;
}

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;
const GRACE_MS = 2_000;

/** The first thing that looks like a version in what the command says of itself; null when it is not installed. */
export function versionOf(command: string, args: readonly string[]): string | null {
  try {
    // nginx tells its version on stderr, wrk with an exit code of 1.
    const script = 'command -v "$0" >/dev/null || exit 127; "$0" "$@" 2>&1; exit 0';
    const said = execFileSync("/bin/sh", ["-c", script, command, ...args], { encoding: "utf8" });
    return /\d+\.\d+(\.\d+)?/.exec(said)?.[0] ?? "unknown";
  } catch {
    return null;
  }
}

/**
 * Runs a program in the foreground on a config and resolves when it takes connections.
 *
 * Throws with what it said when it ends or does not listen within 10 s; nothing is left running then.
 */
export async function startProgram(program: Program, render: (place: ProgramPlace) => string): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), "heddle-bench-"));
  const port = await freePort();
  const configPath = join(folder, "config");
  await writeFile(configPath, render({ folder, port }));
  const child = spawn(program.command, program.args(configPath), {
    stdio: ["ignore", "pipe", "pipe"],
    // Some proxies keep files in the home folder.
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, ...program.env },
  });
  let said = "";
  const keep = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  let isGone = false;
  const gone = new Promise<void>((resolve) => {
    const end = () => {
      isGone = true;
      resolve();
    };
    child.once("error", (error) => {
      said += String(error);
      end();
    });
    child.once("exit", end);
  });
  const onExit = () => child.kill("SIGKILL");
  process.once("exit", onExit);
  const stop = async () => {
    process.off("exit", onExit);
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    await gone;
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!isGone && performance.now() < deadline) {
    try {
      await (await fetch(url, { signal: AbortSignal.timeout(1_000) })).arrayBuffer();
      return { url, pid: child.pid!, exited: gone.then(() => said), stop };
    } catch {
      await new Promise((wake) => setTimeout(wake, POLL_MS));
    }
  }
  await stop();
  throw new Error(`${program.command} did not start:\n${said}`);
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** `host:port` of an origin's URL. */
export function hostOf(url: string): string {
  return new URL(url).host;
}
