/** The mesh that a Worker is deployed with: compiled from the user's config when it is bundled. */
declare module "heddle:mesh" {
  import type { Mesh } from "./core/mesh.ts";

  const mesh: Mesh;
  export default mesh;
}
