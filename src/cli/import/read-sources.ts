import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseDocuments, type SourceDocument } from "../../import/source-document.ts";
import { readError } from "../config/read-error.ts";
import { CommandFailure } from "../failure.ts";
import { userPath } from "../terminal.ts";

const EXTENSIONS = /\.(ya?ml|json)$/i;

/**
 * Reads documents from files, from folders with all below them (.yaml, .yml and .json, in the order of their names), and from
 * standard input for "-".
 *
 * Throws CommandFailure when something cannot be read or is no YAML or JSON, with everything that is wrong.
 */
export async function readSources(names: readonly string[], env: NodeJS.ProcessEnv): Promise<SourceDocument[]> {
  const sources = await Promise.all(names.map((name) => sourcesOf(name, env)));
  const read = sources.flat().map(({ file, content }) => parseDocuments(file, content));
  const faults = read.flatMap((source) => source.faults);
  if (faults.length > 0) {
    const lines = faults.map(({ file, line, message }) => `${file}${line > 0 ? `:${line}` : ""} ${message}`);
    throw new CommandFailure("invalid_source", lines.join("\n"));
  }
  return read.flatMap((source) => source.documents);
}

interface Source {
  readonly file: string;
  readonly content: string;
}

async function sourcesOf(name: string, env: NodeJS.ProcessEnv): Promise<readonly Source[]> {
  if (name === "-") return [{ file: "-", content: await text(process.stdin) }];
  const path = userPath(name, env);
  try {
    if (!(await stat(path)).isDirectory()) return [{ file: name, content: await readFile(path, "utf8") }];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile() && EXTENSIONS.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
      .sort();
    return await Promise.all(
      files.map(async (file) => ({ file: join(name, file), content: await readFile(join(path, file), "utf8") })),
    );
  } catch (error) {
    throw new CommandFailure("not_readable", `${name} ${readError(error as NodeJS.ErrnoException)}`);
  }
}
