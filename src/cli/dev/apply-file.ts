import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Fault } from "../../config/fault.ts";
import { readConfigValue } from "../config/load-config.ts";
import { type Control, createControl, readBody } from "../control/client.ts";
import { readProblem } from "../control/problem.ts";
import type { ControlledEdge } from "../workerd/start-edge.ts";

export type Applied =
  | { readonly ok: true; readonly version: number }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const acceptedShape = z.looseObject({ version: z.looseObject({ version: z.number() }) });

/** A race with another writer is lost this often before it is given up. */
const MAX_TRIES = 3;

/** The control plane of a local mesh, with every right. */
export function controlOf({ url, controlUrl, controlToken }: ControlledEdge): Control {
  return createControl({ name: "local", control: controlUrl, edge: url, token: controlToken });
}

/**
 * Makes a config file the next version of the mesh, whatever was applied in between: who saves the file means it.
 *
 * - `path`: absolute; a module is sent as the value it makes.
 *
 * Throws CommandFailure when the control plane does not answer.
 */
export async function applyFile(control: Control, path: string, message: string): Promise<Applied> {
  const read = await sourceOf(path);
  if (!read.ok) return read;
  for (let tried = 1; ; tried++) {
    const head = await control.call("/v1/config");
    const answer = await control.call("/v1/config", {
      method: "PUT",
      text: read.text,
      headers: { "if-match": head.headers.get("etag") ?? '"0"', "x-heddle-message": message },
      expect: [409, 412, 413, 422],
    });
    if (answer.status < 300) {
      const { version } = readBody(answer, acceptedShape, `${control.access.control}/v1/config`);
      return { ok: true, version: version.version };
    }
    if (answer.status === 412 && tried < MAX_TRIES) continue;
    const { faults, detail, title } = readProblem(answer.body);
    return { ok: false, faults: faults ?? [{ path: "", message: detail ?? title ?? `refused with ${answer.status}` }] };
  }
}

type Source =
  | { readonly ok: true; readonly text: { readonly type: string; readonly body: string } }
  | { readonly ok: false; readonly faults: readonly Fault[] };

async function sourceOf(path: string): Promise<Source> {
  if (/\.m?[jt]s$/.test(path)) {
    const module = await readConfigValue(path);
    if (!module.ok) return module;
    return { ok: true, text: { type: "application/json", body: JSON.stringify(module.value) } };
  }
  const type = path.endsWith(".json") ? "application/json" : "application/yaml";
  return { ok: true, text: { type, body: await readFile(path, "utf8") } };
}
