/**
 * The entry for heddle.config.ts:
 *
 *     import { defineMesh } from "heddle";
 *     export default defineMesh({ services: { … }, routes: [ … ] });
 */
import type { MeshConfigInput } from "./schema/mesh.ts";

export type { MeshConfigInput } from "./schema/mesh.ts";

/** Returns `config` as it is: only here so that editors and the compiler know its type. Decoded when it is loaded. */
export function defineMesh(config: MeshConfigInput): MeshConfigInput {
  return config;
}
