import type { Mesh } from "../../../src/core/mesh.ts";
import { MESH_CONFIG_NAME, type VersionMeta } from "../../../src/core/mesh-version.ts";
import type { ControlEnvironment } from "../environment.ts";
import { ask } from "../http/ask.ts";

const OBJECT = "the config object";
/** Compiling is done before; what is left is storing some megabytes. */
const APPLY_MS = 20_000;

/** The object that keeps the versions of the config. */
export function meshConfig(env: ControlEnvironment) {
  return env.MESH_CONFIG.getByName(MESH_CONFIG_NAME);
}

/** The version in force; null when nothing was ever applied. */
export function headVersion(env: ControlEnvironment): Promise<VersionMeta | null> {
  return ask(OBJECT, () => meshConfig(env).head());
}

/** Any other question to it. */
export function askConfig<T>(call: () => Promise<T>): Promise<T> {
  return ask(OBJECT, call, APPLY_MS);
}

/** The mesh of the version in force as this isolate loaded it last: megabytes that seldom change. */
let loaded: { readonly digest: string; readonly mesh: Mesh } | null = null;

/** The mesh in force and its version; null when nothing was ever applied. */
export async function meshInForce(
  env: ControlEnvironment,
): Promise<{ readonly meta: VersionMeta; readonly mesh: Mesh } | null> {
  const meta = await headVersion(env);
  if (meta === null) return null;
  if (loaded?.digest !== meta.digest) {
    const mesh = await askConfig(() => meshConfig(env).current());
    if (mesh === null) return null;
    loaded = { digest: mesh.version, mesh };
  }
  return { meta, mesh: loaded.mesh };
}
