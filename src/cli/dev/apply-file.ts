import type { Fault } from "../../config/fault.ts";
import { type Control, createControl } from "../control/client.ts";
import type { Problem } from "../control/problem.ts";
import type { Version } from "../control/shapes.ts";
import { readSource } from "../control/source.ts";
import { applyConfig, head } from "../control/versions.ts";
import type { ControlledEdge } from "../workerd/start-edge.ts";

export type AppliedFile =
  /** `isNew`: false when it means what was in force already. */
  | { readonly ok: true; readonly version: Version; readonly isNew: boolean }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** A race with another writer is lost this often before it is given up. */
const MAX_TRIES = 3;

/** The control plane of a local mesh, with every right. */
export function controlOf({ url, controlUrl, controlToken }: ControlledEdge): Control {
  return createControl({ name: "local", control: controlUrl, edge: url, token: controlToken });
}

/**
 * Makes a config file the next version of the mesh, whatever was applied in between: who saves the file means it.
 *
 * - `path`: absolute.
 *
 * Throws CommandFailure when the control plane does not answer.
 */
export async function applyFile(control: Control, path: string, message: string): Promise<AppliedFile> {
  const read = await readSource(path, Date.now());
  if (!read.ok) return read;
  for (let tried = 1; ; tried++) {
    const inForce = await head(control);
    const base = inForce?.version ?? 0;
    const applied = await applyConfig(control, { source: read.source, base, message, guardMs: null });
    if (applied.ok) return { ok: true, version: applied.version, isNew: true };
    if (applied.error === "unchanged" && inForce !== null) return { ok: true, version: inForce, isNew: false };
    if (applied.error === "stale" && tried < MAX_TRIES) continue;
    const { faults, detail, title }: Problem =
      applied.error === "invalid" ? applied.problem : { detail: "others keep changing it" };
    return { ok: false, faults: faults ?? [{ path: "", message: detail ?? title ?? "the control plane refused it" }] };
  }
}
