/** Clusters that services refer to. */
import { suggested } from "../nearest.ts";
import { type Finding, isRecord } from "./finding.ts";

/** References to clusters that are not there. Never throws, whatever `mesh` is. */
export function* discoveryFindings(mesh: Record<string, unknown>): Iterable<Finding> {
  const clusters = isRecord(mesh.discovery) && isRecord(mesh.discovery.clusters) ? mesh.discovery.clusters : {};
  for (const [name, service] of Object.entries(isRecord(mesh.services) ? mesh.services : {})) {
    const sources = isRecord(service) && isRecord(service.discovery) ? service.discovery.kubernetes : [];
    for (const [index, source] of (Array.isArray(sources) ? sources : []).entries()) {
      if (!isRecord(source) || typeof source.cluster !== "string" || Object.hasOwn(clusters, source.cluster)) continue;
      const path = ["services", name, "discovery", "kubernetes", index, "cluster"];
      const message = `there is no cluster ${source.cluster}`;
      yield { path, message, ...suggested(source.cluster, Object.keys(clusters)) };
    }
  }
}
