/** Endpoints from the Services of a Kubernetes cluster. */
import * as z from "zod";
import { foundFields, sourceName, urlTemplate } from "./discovery-found.ts";
import { recordOf } from "./finding.ts";
import { name } from "./names.ts";
import { group, required, setting, withDefaults } from "./setting.ts";

/** RFC 1123 label, as Kubernetes names namespaces and Services. */
export const kubernetesName = () =>
  z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, { error: "must be a name as Kubernetes has them" });

const names = () => z.array(kubernetesName()).max(64);

const select = z.strictObject(
  withDefaults({
    namespaces: setting(names(), "Namespaces to look in.", [], "all that are watched"),
    names: setting(names(), "Names of Services.", [], "all"),
    labels: setting(
      recordOf(/^[A-Za-z0-9][A-Za-z0-9./_-]{0,252}$/, "must be a label as Kubernetes has them", z.string().max(63)),
      "Labels that a Service has to have, all of them.",
      {},
      "any will do",
    ),
  }),
);

const url = required(
  urlTemplate([
    "service",
    "namespace",
    "cluster",
    "port",
    "nodePort",
    "ingress",
    "externalIP",
    "node",
    "zone",
    "address",
    "targetPort",
    "pod",
  ]),
  "Where endpoints are reached from outside. What it varies by says how many there are: {address}, {targetPort} or {pod}: one for each pod; {node} or {zone}: one for each of those with pods; {ingress} or {externalIP}: one for each of the load balancer's addresses; otherwise one for each Service.",
);

export const kubernetesSourceSchema = z.strictObject({
  cluster: required(name(), "One of the mesh's `discovery.clusters`."),
  url,
  select: group(select, "Which Services. All that is stated has to hold."),
  ...withDefaults({
    name: sourceName,
    port: setting(
      z.string().regex(/^([a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?)?$/, { error: "must be the name or number of a port" }),
      "Port of the Services, by name or number.",
      "",
      "their first",
    ),
  }),
  ...foundFields,
});

export type KubernetesSourceConfig = z.output<typeof kubernetesSourceSchema>;
