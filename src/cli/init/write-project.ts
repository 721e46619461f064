import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ProjectFile } from "./project-files.ts";

/** What became of a file. `kept`: another one was there; `same`: it was there already, as it would be. */
export type Written = { readonly path: string; readonly did: "wrote" | "replaced" | "kept" | "same" };

/**
 * Writes the files below a folder, which is made when missing.
 *
 * - `force`: files that are there are replaced; else they are kept.
 *
 * Throws what the file system does.
 */
export async function writeProject(
  folder: string,
  files: readonly ProjectFile[],
  force: boolean,
): Promise<readonly Written[]> {
  const written: Written[] = [];
  for (const { path, text } of files) {
    const at = join(folder, path);
    const there = await readFile(at, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (there === text) written.push({ path, did: "same" });
    else if (there !== null && !force) written.push({ path, did: "kept" });
    else {
      await mkdir(dirname(at), { recursive: true });
      // Not "w" for a new one: a file that appeared meanwhile is somebody's.
      await writeFile(at, text, { flag: there === null ? "wx" : "w" });
      written.push({ path, did: there === null ? "wrote" : "replaced" });
    }
  }
  return written;
}
