/** The mesh that a Worker is deployed with: compiled from the user's config when it is bundled. */
declare module "heddle:mesh" {
  const mesh: import("./core/mesh.ts").Mesh;
  export default mesh;
}
