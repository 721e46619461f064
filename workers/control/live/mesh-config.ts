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

/** The mesh in force as this isolate loaded it last: megabytes that seldom change. */
let loaded: Mesh | null = null;

/** The mesh in force: of the last version, or the bundled one where that is later or nothing was applied. */
export async function meshInForce(env: ControlEnvironment): Promise<Mesh> {
  const known = loaded;
  const mesh = (await askConfig(() => meshConfig(env).running(known?.version))) ?? known;
  if (mesh === null) throw new Error("the config object has no mesh at all");
  loaded = mesh;
  return mesh;
}
