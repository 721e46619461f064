import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";

/** Where a command writes, and how. Passed in, so that tests can read it. */
export interface Terminal {
  /** Results. */
  out(line: string): void;
  /** Problems and progress. */
  err(line: string): void;
  /** Text without a line end, to standard output; for drawing in place. */
  raw(text: string): void;
  /** Whether standard output is a terminal that can be drawn on. */
  readonly isInteractive: boolean;
  readonly columns: () => number;
  readonly paint: Paint;
  readonly env: NodeJS.ProcessEnv;
}

export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

/** - `isColoured`: false gives the text back as it is. */
export function createPaint(isColoured: boolean): Paint {
  const wrap = (on: number, off: number) => (text: string) =>
    isColoured && text !== "" ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    red: wrap(31, 39),
    green: wrap(32, 39),
    yellow: wrap(33, 39),
    cyan: wrap(36, 39),
  };
}

/** Colours on a terminal only, never with NO_COLOR (https://no-color.org) or TERM=dumb. */
export function isColoured(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  return isTerminal && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
}

/** The terminal of this process. A reader that went away (`| head`) ends the process quietly. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
  });
  return {
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
    raw: (text) => void stdout.write(text),
    isInteractive: stdout.isTTY === true && env.TERM !== "dumb",
    columns: () => stdout.columns || 80,
    paint: createPaint(isColoured(env, stdout.isTTY === true)),
    env,
  };
}

/**
 * The absolute form of a path as the user meant it. npm runs scripts in the package's folder and says in INIT_CWD where
 * the user was: a relative path that only exists from there is taken from there.
 */
export function userPath(path: string, env: NodeJS.ProcessEnv): string {
  if (isAbsolute(path) || existsSync(path) || env.INIT_CWD === undefined) return resolve(path);
  const fromCaller = resolve(env.INIT_CWD, path);
  return existsSync(fromCaller) ? fromCaller : resolve(path);
}
