/** How the tests make versions of a config, and what they are based on. */
import { MESH_CONFIG_NAME } from "../../../durable-objects/mesh-config/mesh-config.ts";
import { contentText, digestOf } from "../../../src/config/mesh-digest.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import type { ApplyReply, ApplyRequest, VersionMeta } from "../../../src/core/mesh-version.ts";
import { endpointOf, meshOf, serviceOf } from "../../fixtures/meshes.ts";
import { testEnv } from "./stubs.ts";

export const config = () => testEnv.MESH_CONFIG.getByName(MESH_CONFIG_NAME);

/** A mesh of the services named, told apart by `mark`; its digest is right. */
export async function meshMarked(mark: string, services: readonly string[] = ["shop"], labelLength = 0): Promise<Mesh> {
  const mesh = meshOf(
    services.map((name) =>
      serviceOf(name, [endpointOf("aws", "http://aws.invalid", { labels: { mark, x: "ü".repeat(labelLength) } })]),
    ),
  );
  return { ...mesh, version: await digestOf(contentText(mesh)) };
}

export function request(mesh: Mesh, base: number, rest: Partial<ApplyRequest> = {}): ApplyRequest {
  return { mesh, source: { text: `# ${mesh.version}`, format: "yaml" }, base, author: "ada", message: "why", ...rest };
}

/** The version that was made; throws when it was refused. */
export function accepted(reply: ApplyReply): VersionMeta {
  if (!reply.ok) throw new Error(`${reply.error}: ${reply.detail}`);
  return reply.version;
}

/** Applies a mesh on top of `base`. */
export async function applied(mark: string, base: number, rest: Partial<ApplyRequest> = {}): Promise<VersionMeta> {
  return accepted((await config().apply(request(await meshMarked(mark), base, rest))) as ApplyReply);
}
