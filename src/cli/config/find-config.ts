import { existsSync } from "node:fs";
import { relative } from "node:path";
import { CommandFailure } from "../failure.ts";
import { userPath } from "../terminal.ts";

/** Names looked for when none is given, in this order. */
export const CONFIG_NAMES = ["heddle.yaml", "heddle.yml", "heddle.json", "heddle.config.ts"] as const;

/**
 * The absolute path of the config to use.
 *
 * - `given`: what the user named; null looks for the usual names in the current folder.
 *
 * Throws CommandFailure when none was given and none is there. A given one may not exist: reading it tells.
 */
export function findConfig(given: string | null, env: NodeJS.ProcessEnv): string {
  if (given !== null) return userPath(given, env);
  const name = CONFIG_NAMES.find((candidate) => existsSync(userPath(candidate, env)));
  if (name !== undefined) return userPath(name, env);
  throw new CommandFailure(
    "no_config",
    `there is no config here (looked for ${CONFIG_NAMES.join(", ")})`,
    "name one with --config FILE",
  );
}

/** A path as the user would type it: relative where that is shorter. */
export function shownPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere !== "" && !fromHere.startsWith("..") ? fromHere : path;
}
