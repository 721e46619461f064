import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { userPath } from "../terminal.ts";

/** What a running demo tells other terminals about itself. */
export interface DemoState {
  readonly pid: number;
  /** Where its origins are told to fail. */
  readonly switchboard: string;
  readonly edge: string;
  readonly config: string;
}

export const DEMO_FOLDER = ".heddle";
const STATE_FILE = join(DEMO_FOLDER, "demo.json");

/** Writes the file below the current folder. Throws when that cannot be written. */
export function writeDemoState(state: DemoState): void {
  mkdirSync(dirname(STATE_FILE), { recursive: true });
  writeFileSync(STATE_FILE, `${JSON.stringify(state, null, 2)}\n`);
}

/** Removes the file if it is still ours. */
export function removeDemoState(pid: number): void {
  if (readDemoState(process.env)?.pid === pid) rmSync(STATE_FILE, { force: true });
}

/** The demo that runs here, or null. A file whose process is gone says nothing. */
export function readDemoState(env: NodeJS.ProcessEnv): DemoState | null {
  try {
    const state = JSON.parse(readFileSync(userPath(STATE_FILE, env), "utf8")) as DemoState;
    process.kill(state.pid, 0);
    return state;
  } catch {
    return null;
  }
}
