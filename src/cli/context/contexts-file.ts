import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { CommandFailure } from "../failure.ts";
import { type Contexts, decodeContexts, encodeContexts, NO_CONTEXTS } from "./contexts.ts";

/** Where contexts are kept: HEDDLE_CONFIG_DIR, or `heddle` in XDG_CONFIG_HOME, or `~/.config/heddle`. */
export function contextsPath(env: NodeJS.ProcessEnv): string {
  const own = env.HEDDLE_CONFIG_DIR ?? "";
  if (own !== "") return join(own, "contexts.json");
  const xdg = env.XDG_CONFIG_HOME ?? "";
  return join(xdg === "" ? join(env.HOME ?? homedir(), ".config") : xdg, "heddle", "contexts.json");
}

/** The contexts of this user; none when there is no file. Throws CommandFailure when there is one that cannot be read. */
export function readContexts(env: NodeJS.ProcessEnv): Contexts {
  const path = contextsPath(env);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return NO_CONTEXTS;
    throw new CommandFailure("contexts_unreadable", `${path} cannot be read (${code})`);
  }
  const decoded = decodeContexts(text);
  if (decoded.ok) return decoded.contexts;
  throw new CommandFailure("contexts_unreadable", `${path}: ${decoded.detail}`, "mend or remove the file");
}

/** Keeps contexts, readable by this user only; the file is replaced whole. Throws CommandFailure when it cannot. */
export function writeContexts(contexts: Contexts, env: NodeJS.ProcessEnv): void {
  const path = contextsPath(env);
  const next = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(next, encodeContexts(contexts), { mode: 0o600 });
    chmodSync(next, 0o600);
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw new CommandFailure(
      "contexts_unwritable",
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}
