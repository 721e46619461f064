import { readFile } from "node:fs/promises";
import { compileMesh } from "../../config/compile.ts";
import type { Decoded } from "../../config/decode/decode-as.ts";
import { readDocument } from "../../config/decode/document.ts";
import { locateFaults } from "../../config/decode/locate-faults.ts";
import { type DecodeResult, decodeConfig, parseConfig } from "../../config/decode.ts";
import type { Fault } from "../../config/fault.ts";
import type { Mesh } from "../../core/mesh.ts";
import { askedUrlFaults } from "../../security/asked-urls.ts";
import { evaluateModule } from "./evaluate-module.ts";
import { readError } from "./read-error.ts";

/** A config read from disk and compiled, or everything that is wrong with it. */
export type LoadedConfig = {
  /** The files it was made of, absolute; those to watch. */
  readonly files: readonly string[];
} & ({ readonly ok: true; readonly mesh: Mesh } | { readonly ok: false; readonly faults: readonly Fault[] });

/**
 * Reads, checks and compiles a config.
 *
 * - `path`: absolute; `.ts`, `.mts`, `.js` and `.mjs` are modules with the config as default export, `.json` is JSON,
 *   everything else YAML.
 * - `nowMs`: epoch, for `compiledAtMs`.
 *
 * Never throws: a file that cannot be read is a fault too.
 */
export async function loadConfig(path: string, nowMs: number): Promise<LoadedConfig> {
  const { files, decoded, source } = await decodeFile(path);
  if (!decoded.ok) return { ok: false, faults: decoded.faults, files };
  const faults = locateFaults(askedUrlFaults(decoded.config), source);
  if (faults.length > 0) return { ok: false, faults, files };
  return { ok: true, mesh: await compileMesh(decoded.config, { nowMs }), files };
}

/**
 * A config as it was written, not checked: to be changed and decoded then. A module is run again.
 *
 * Never throws.
 */
export async function readConfigValue(path: string): Promise<Decoded<unknown>> {
  if (/\.m?[jt]s$/.test(path)) return evaluateModule(path);
  try {
    const read = readDocument(await readFile(path, "utf8"), path.endsWith(".json") ? "json" : "yaml");
    return read.ok ? { ok: true, value: read.document.value } : read;
  } catch (error) {
    return { ok: false, faults: [{ path: "", message: readError(error as NodeJS.ErrnoException) }] };
  }
}

interface DecodedFile {
  readonly files: readonly string[];
  readonly decoded: DecodeResult;
  /** Null: a module, or a file that cannot be read. */
  readonly source: { readonly text: string; readonly format: "yaml" | "json" } | null;
}

async function decodeFile(path: string): Promise<DecodedFile> {
  if (/\.m?[jt]s$/.test(path)) {
    const module = await evaluateModule(path);
    const decoded: DecodeResult = module.ok ? decodeConfig(module.value) : { ok: false, faults: module.faults };
    return { files: module.files, decoded, source: null };
  }
  const files = [path];
  try {
    const text = await readFile(path, "utf8");
    const format = path.endsWith(".json") ? "json" : "yaml";
    return { files, decoded: parseConfig(text, { format }), source: { text, format } };
  } catch (error) {
    return {
      files,
      decoded: { ok: false, faults: [{ path: "", message: readError(error as NodeJS.ErrnoException) }] },
      source: null,
    };
  }
}
