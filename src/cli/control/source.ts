import { readFile } from "node:fs/promises";
import type { Fault } from "../../config/fault.ts";
import type { Mesh } from "../../core/mesh.ts";
import { loadConfig, readConfigValue } from "../config/load-config.ts";

/** A config as it is sent: what the user wrote, or, of a module, what it evaluates to. */
export interface ConfigSource {
  readonly text: string;
  readonly format: "yaml" | "json";
}

export type ReadSource =
  | { readonly ok: true; readonly source: ConfigSource; readonly mesh: Mesh }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads a config and checks it, so that faults come with the lines of the file and nothing leaves this machine. */
export async function readSource(path: string, nowMs: number): Promise<ReadSource> {
  const loaded = await loadConfig(path, nowMs);
  if (!loaded.ok) return { ok: false, faults: loaded.faults };
  const { mesh } = loaded;
  if (!/\.m?[jt]s$/.test(path)) {
    const text = await readFile(path, "utf8");
    return { ok: true, mesh, source: { text, format: path.endsWith(".json") ? "json" : "yaml" } };
  }
  const value = await readConfigValue(path);
  if (!value.ok) return { ok: false, faults: value.faults };
  return { ok: true, mesh, source: { text: JSON.stringify(value.value, null, 2), format: "json" } };
}
