/** Endpoints from the EndpointSlices of a Kubernetes Service. */
import * as z from "zod";
import { foundFields, urlTemplate } from "./discovery-found.ts";
import { name } from "./names.ts";
import { derived, required, setting, withDefaults } from "./setting.ts";

/** RFC 1123 label, as Kubernetes names namespaces and Services. */
const label = () =>
  z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, { error: "must be a name as Kubernetes has them" });

export const kubernetesSourceSchema = z.strictObject({
  cluster: required(name(), "One of the mesh's `discovery.clusters`."),
  service: required(label(), "Name of the Service."),
  url: urlTemplate(
    ["address", "dashed", "hostname", "pod", "node", "zone", "port", "namespace", "service"],
    "Where an endpoint is reached from outside the cluster.",
  ),
  ...withDefaults({
    namespace: setting(label(), "Namespace of the Service.", "default", "as kubectl has it"),
    port: derived(
      z.union([label(), z.int().min(1).max(65_535)]),
      "Name or number of the port, as the EndpointSlices have it.",
      "their first one",
    ),
  }),
  ...foundFields,
});

export type KubernetesSourceConfig = z.output<typeof kubernetesSourceSchema>;
