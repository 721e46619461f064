/** Secrets for runs on this machine: .dev.vars, the file that Wrangler reads for them too. It is not to be committed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
// By its default: node:util of early releases of Node.js 20 has no parseEnv, and only this needs it.
import util from "node:util";
import { secretNamesIn } from "../../config/secret-names.ts";
import type { Mesh } from "../../core/mesh.ts";

export const LOCAL_SECRETS_FILE = ".dev.vars";

/**
 * Secrets by name. None where there is no such file, or it cannot be read.
 *
 * - `folder`: that of the config, or of wrangler.toml; they are one in most projects.
 *
 * Lines of `NAME=value`; a value with `#` or of several lines, such as a key in PEM, stands in quotes. Never throws.
 */
export function readLocalSecrets(folder: string): Readonly<Record<string, string>> {
  let text: string;
  try {
    text = readFileSync(join(folder, LOCAL_SECRETS_FILE), "utf8");
  } catch {
    return {};
  }
  const all = Object.entries(util.parseEnv(text));
  return Object.fromEntries(
    all.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value]])),
  );
}

/** A secret that a mesh refers to, and that is not here. */
export interface MissingSecret {
  readonly name: string;
  /** What does not work without it. */
  readonly use: string;
}

/** Those of both Workers, each once. */
export function missingSecrets(mesh: Mesh, secrets: Readonly<Record<string, string>>): readonly MissingSecret[] {
  const { edge, control } = secretNamesIn(mesh);
  const missing = [...edge, ...control].filter(({ name }) => !Object.hasOwn(secrets, name));
  return [...new Map(missing.map((one) => [one.name, one])).values()];
}
