import { randomUUID } from "node:crypto";
import { access, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type BuildFailure, build } from "esbuild";
import type { Fault } from "../../config/fault.ts";
import { installation } from "../installation.ts";
import { readError } from "./read-error.ts";

export type EvaluatedModule = {
  /** The module and what it imports, absolute. */
  readonly files: readonly string[];
} & ({ readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly faults: readonly Fault[] });

/**
 * Runs a config module and gives its default export; a promise is awaited.
 *
 * The module is bundled first, so that it may import others, be TypeScript on any Node, see its own changes when it is
 * run again, and find `heddle` wherever it lies. Never throws: what goes wrong is a fault, with its line where there is
 * one. It runs with all rights of this process, as any config that is code does.
 */
export async function evaluateModule(path: string): Promise<EvaluatedModule> {
  let files: readonly string[] = [path];
  const bundle = join(tmpdir(), `heddle-config-${randomUUID()}.mjs`);
  try {
    await access(path);
    const { configEntry } = installation();
    const result = await build({
      entryPoints: [path],
      outfile: bundle,
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "node",
      target: "node20",
      alias: { heddle: configEntry, "heddle/config": configEntry },
      logLevel: "silent",
    });
    files = Object.keys(result.metafile.inputs).map((input) => resolve(input));
    await writeFile(bundle, result.outputFiles[0]!.text, { mode: 0o600 });
    const module = (await import(pathToFileURL(bundle).href)) as { default?: unknown };
    const value = await module.default;
    if (value !== undefined) return { ok: true, value, files };
    const message = "has no default export: write export default defineMesh({ … })";
    return { ok: false, faults: [{ path: "", message }], files };
  } catch (error) {
    return { ok: false, faults: faultsOf(error, path), files };
  } finally {
    await rm(bundle, { force: true });
  }
}

function faultsOf(error: unknown, path: string): readonly Fault[] {
  const { errors } = error as Partial<BuildFailure>;
  if (Array.isArray(errors) && errors.length > 0) {
    return (errors as BuildFailure["errors"]).map(({ text, location }) => {
      if (location === null) return { path: "", message: text };
      const { file, line, column } = location;
      if (resolve(file) !== path) return { path: "", message: `${text} (${file}:${line}:${column + 1})` };
      return { path: "", message: text, line, column: column + 1 };
    });
  }
  if ((error as NodeJS.ErrnoException).syscall === "access") {
    return [{ path: "", message: readError(error as NodeJS.ErrnoException) }];
  }
  return [{ path: "", message: `threw ${String(error)}` }];
}
