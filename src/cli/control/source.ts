import { readFile } from "node:fs/promises";
import { MAX_WITH_LINES } from "../../config/decode/bounds.ts";
import type { Fault } from "../../config/fault.ts";
import type { Mesh } from "../../core/mesh.ts";
import { loadConfig, readConfigValue } from "../config/load-config.ts";

/** A config as it is sent: what the user wrote, or what a module evaluates to and what a large YAML file means. */
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
    const format = path.endsWith(".json") ? "json" : "yaml";
    if (format === "json" || text.length <= MAX_WITH_LINES) return { ok: true, mesh, source: { text, format } };
  }
  const value = await readConfigValue(path);
  if (!value.ok) return { ok: false, faults: value.faults };
  return { ok: true, mesh, source: { text: textOf(value.value), format: "json" } };
}

/** Indented for those who read it in the history, unless that would make it too large to be read back. */
function textOf(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return text.length <= MAX_WITH_LINES ? text : JSON.stringify(value);
}
