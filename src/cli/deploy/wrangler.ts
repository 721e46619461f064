import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { withoutColours } from "../table.ts";

/** The Wrangler of a project: the one that its own packages have, never one from elsewhere. */
export interface Wrangler {
  readonly version: string;
  /** Absolute path of its program, for Node. */
  readonly program: string;
}

export interface WranglerRun {
  /** Null when a signal ended it, or when it did not start. */
  readonly code: number | null;
  /** Both outputs, without colours. */
  readonly output: string;
}

/** Looks from a folder upwards; null when none is installed. Never throws. */
export function findWrangler(folder: string): Wrangler | null {
  try {
    const manifest = createRequire(join(folder, "package.json")).resolve("wrangler/package.json");
    const { version, bin } = JSON.parse(readFileSync(manifest, "utf8")) as {
      version: string;
      bin: Readonly<Record<string, string>>;
    };
    return { version, program: join(dirname(manifest), bin.wrangler!) };
  } catch {
    return null;
  }
}

/**
 * Runs Wrangler where nobody can answer its questions. Never throws.
 *
 * - `folder`: where it runs.
 * - `timeoutMs`: it is ended after that; default: never.
 */
export function runWrangler(
  { program }: Wrangler,
  words: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv,
  timeoutMs?: number,
): Promise<WranglerRun> {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(process.execPath, [program, ...words], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      // Its news and its questions are not for a program that reads what it says.
      env: { ...env, NO_COLOR: "1", FORCE_COLOR: "0", WRANGLER_HIDE_BANNER: "true" },
      ...(timeoutMs !== undefined && { timeout: timeoutMs }),
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.once("error", (error) => resolve({ code: null, output: String(error) }));
    child.once("close", (code) => resolve({ code, output: withoutColours(output) }));
  });
}
