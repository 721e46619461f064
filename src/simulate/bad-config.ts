/** A push of a bad config, and the roll-back that ends it: meshes with addresses where nobody answers, compiled later. */
import type { Endpoint, Mesh } from "../core/mesh.ts";
import type { ScheduledFault } from "./scenario.ts";
import { isMeant } from "./world/condition.ts";

/** Reserved by RFC 2606: it resolves to nothing. */
const NOWHERE = "https://nowhere.invalid";

export interface Push {
  /** From the end of the warm-up. */
  readonly atMs: number;
  readonly mesh: Mesh;
}

/** The pushes of a scenario in the order of time: at each beginning and end of such a fault, what is right then. */
export function pushesOf(mesh: Mesh, faults: readonly ScheduledFault[]): Push[] {
  const bad = faults.filter(({ fault }) => fault.type === "bad-config");
  const times = [...new Set(bad.flatMap(({ atMs, forMs }) => [atMs, atMs + forMs]))].sort((a, b) => a - b);
  return times.map((atMs, index) => {
    const wrong = bad.filter((fault) => atMs >= fault.atMs && atMs < fault.atMs + fault.forMs);
    return { atMs, mesh: withWrong(mesh, wrong, index + 1) };
  });
}

function withWrong(mesh: Mesh, wrong: readonly ScheduledFault[], push: number): Mesh {
  const misled = ({ id, locality: { cloud, region } }: Endpoint) =>
    wrong.some(({ fault }) => "target" in fault && isMeant(fault.target, { id, cloud, region }));
  return {
    ...mesh,
    version: `${mesh.version}-${push}`,
    compiledAtMs: mesh.compiledAtMs + push,
    services: mesh.services.map((service) => ({
      ...service,
      endpoints: service.endpoints.map((endpoint) => (misled(endpoint) ? { ...endpoint, origin: NOWHERE } : endpoint)),
    })),
  };
}
