import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { RunCommand } from "../command.ts";
import { reportFaults } from "../config/faults-report.ts";
import { findConfig, shownPath } from "../config/find-config.ts";
import { loadConfig } from "../config/load-config.ts";

/** `heddle compile [FILE] --out MESH`: the compiled mesh as JSON. A file is replaced whole or not at all. */
export const compile: RunCommand = async (args, terminal) => {
  const path = findConfig(args.positionals[0] ?? args.option("config"), terminal.env);
  const loaded = await loadConfig(path, Date.now());
  if (!loaded.ok) {
    reportFaults(path, loaded.faults, args.has("json"), terminal);
    return 1;
  }
  const text = `${JSON.stringify(loaded.mesh)}\n`;
  const out = args.option("out");
  if (out === null) {
    terminal.raw(text);
    return 0;
  }
  await writeWhole(resolve(out), text);
  const { version } = loaded.mesh;
  if (args.has("json")) terminal.out(JSON.stringify({ ok: true, file: shownPath(path), out, version }));
  else terminal.out(`${terminal.paint.green("ok")} ${shownPath(path)} → ${out} (version ${version})`);
  return 0;
};

/** Writes a file so that readers see the old or the new text, never half of it. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, text);
  await rename(draft, path);
}
