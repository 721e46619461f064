/** What a mesh has, without how: kilobytes where the mesh has megabytes, for whoever watches it. */
import type { Mesh, NotificationTarget, ServiceHealing } from "./mesh.ts";

export interface MeshOutline {
  /** Digest and time of the mesh. */
  readonly version: string;
  readonly compiledAtMs: number;
  readonly services: readonly ServiceOutline[];
  readonly routes: readonly RouteOutline[];
  /** Names. */
  readonly rollouts: readonly string[];
  readonly notifications: readonly NotificationTarget[];
  readonly selfHealing: readonly ServiceHealing[];
}

export interface ServiceOutline {
  readonly name: string;
  /** It has sources of endpoints beside the config. */
  readonly isDiscovered: boolean;
}

export interface RouteOutline {
  readonly name: string;
  /** Services that its rules send to, each once. */
  readonly services: readonly string[];
}

/** The outline of a mesh. Linear in its size. Never throws. */
export function outlineOf(mesh: Mesh): MeshOutline {
  const { version, compiledAtMs, services, routes, rollouts = [], notifications = [], selfHealing = [] } = mesh;
  return {
    version,
    compiledAtMs,
    services: services.map(({ name, discovery }) => ({ name, isDiscovered: discovery !== undefined })),
    routes: routes.map(({ name, rules }) => {
      const refs = rules.flatMap(({ backendRefs }) => backendRefs.map(({ service }) => services[service]?.name));
      return { name, services: [...new Set(refs.filter((one) => one !== undefined))] };
    }),
    rollouts: rollouts.map(({ name }) => name),
    notifications,
    selfHealing,
  };
}

/** Names of the services of a mesh; none of no mesh. */
export function namesIn(mesh: Pick<Mesh, "services"> | null): ReadonlySet<string> {
  return new Set(mesh?.services.map(({ name }) => name));
}

/** Says which mesh it is: a rollback has an old digest and a time of its own. */
export function outlineKey({ version, compiledAtMs }: Pick<MeshOutline, "version" | "compiledAtMs">): string {
  return `${version}@${compiledAtMs}`;
}
