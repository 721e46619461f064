import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { type Standstill, watchStandstill } from "./harness/standstill.ts";

/** The heddle command, run as users run it. */
export interface CliProcess {
  readonly child: ChildProcess;
  /** Lines of both outputs so far, in the order they came. */
  readonly lines: readonly string[];
  /** The first line, past or future, that matches; rejects when the process ends before. */
  line(pattern: RegExp): Promise<string>;
  /** Settles when the process has ended and its outputs are read. */
  readonly exited: Promise<CliExit>;
  /** Sends a signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<CliExit>;
}

export interface CliExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From the call of `end` to the end, less the time in which this machine stood still; 0 when it ended by itself. */
  readonly tookMs: number;
}

const ROOT = resolve(import.meta.dirname, "../..");
const MAIN = resolve(ROOT, "src/cli/main.ts");
const running = new Set<CliProcess>();

export function startCli(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): CliProcess {
  const given = { ...plainEnv(), ...env };
  return track(spawn(process.execPath, [MAIN, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"], env: given }));
}

/** The same through its npm script. */
export function startCliByNpm(args: readonly string[]): CliProcess {
  const words = ["run", "-s", "heddle", "--", ...args];
  return track(spawn("npm", words, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], env: plainEnv() }));
}

/** Runs a command that ends by itself. */
export function runCli(args: readonly string[], cwd: string): Promise<CliExit> {
  return startCli(args, cwd).exited;
}

/** Ends what a failed test left running. */
export async function endAllCli(): Promise<void> {
  await Promise.all([...running].map((cli) => cli.end("SIGTERM")));
}

/** Whether a process is there (and not only waiting to be collected). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Our own environment without what npm adds to it. */
function plainEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD)/.test(name)));
}

function track(child: ChildProcess): CliProcess {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const text = { stdout: "", stderr: "" };
  let askedAt = Number.NaN;
  let standstill: Standstill | null = null;
  let isOver = false;
  for (const name of ["stdout", "stderr"] as const) {
    createInterface({ input: child[name]! }).on("line", (line) => {
      lines.push(line);
      text[name] += `${line}\n`;
      for (const check of waiting) check();
    });
  }
  const exited = new Promise<CliExit>((done) => {
    child.once("close", (code, signal) => {
      isOver = true;
      running.delete(cli);
      for (const check of waiting) check();
      const tookMs = standstill === null ? 0 : performance.now() - askedAt - standstill.lostMs();
      standstill?.stop();
      done({ code, signal, ...text, tookMs });
    });
  });
  const cli: CliProcess = {
    child,
    lines,
    exited,
    line: (pattern) =>
      new Promise((found, missing) => {
        const check = () => {
          const line = lines.find((candidate) => pattern.test(candidate));
          if (line === undefined && !isOver) return;
          waiting.delete(check);
          if (line !== undefined) found(line);
          else missing(new Error(`ended without a line that matches ${pattern}:\n${lines.join("\n")}`));
        };
        waiting.add(check);
        check();
      }),
    end(signal = "SIGTERM") {
      askedAt = performance.now();
      standstill ??= watchStandstill();
      child.kill(signal);
      return exited;
    },
  };
  running.add(cli);
  return cli;
}
