/** The text of a config → the mesh it compiles to, or everything that is wrong with it, with lines. */
import { compileMesh } from "../../../src/config/compile.ts";
import type { Fault } from "../../../src/config/fault.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import type { ConfigSource } from "../../../src/core/mesh-version.ts";
import type { ControlEnvironment } from "../environment.ts";
import { decodeSource } from "./decode-source.ts";
import { endpointFaults } from "./endpoint-faults.ts";

export type ReadConfig =
  | { readonly ok: true; readonly mesh: Mesh }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Never throws for the expected. Takes a second or so for the largest configs. */
export async function readConfig(source: ConfigSource, env: ControlEnvironment, nowMs: number): Promise<ReadConfig> {
  const decoded = decodeSource(source);
  if (!decoded.ok) return decoded;
  const faults = endpointFaults(decoded.config, source, env);
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, mesh: await compileMesh(decoded.config, { nowMs }) };
}
