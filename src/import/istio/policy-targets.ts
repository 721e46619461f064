/**
 * What a policy of `security.istio.io` holds for, among what was imported: everything, what comes in at a gateway, or what goes
 * to a service.
 *
 * Source: Istio, WorkloadSelector and PolicyTargetReference; the root namespace is the default one, istio-system.
 */
import type { SourceNode } from "../proxy/source-node.ts";
import { fullHost } from "./hosts.ts";
import type { MeshService } from "./registry.ts";
import type { Resource } from "./resources.ts";

export type Target =
  | { readonly type: "everything" }
  | {
      readonly type: "some";
      /** `namespace/name` of gateways whose requests it holds for. */
      readonly gateways: ReadonlySet<string>;
      /** Those of them of which it selects some workloads. */
      readonly partOf: ReadonlySet<string>;
      /** Whether it holds for what goes to a service: to all of its workloads, as far as they are known, or to some. */
      readonly takes: (service: MeshService) => Taken;
    };

/** `unknown`: it may select some of its workloads, whose labels no document tells. It does not hold then. */
export type Taken = "whole" | "part" | "none" | "unknown";

const ROOT_NAMESPACE = "istio-system";
const DNS_NAME = /^[a-zA-Z]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/;

/** Reads selector, targetRef and targetRefs. `gateways`: those that are imported. Null: invalid, which is noted. */
export function readTarget({ spec, namespace }: Resource, gateways: readonly Resource[]): Target | null {
  const labels = spec.object("selector")?.textByName("matchLabels");
  const single = spec.object("targetRef");
  const refs = [...(single === undefined ? [] : [single]), ...spec.objects("targetRefs")];
  if ([labels !== undefined, single !== undefined, spec.has("targetRefs")].filter(Boolean).length > 1) {
    spec.invalid("", "only one of targetRefs or selector can be set");
    return null;
  }
  if (refs.length > 0) return ofReferences(refs, namespace, gateways);
  if (labels === undefined || Object.keys(labels).length === 0) {
    if (namespace === ROOT_NAMESPACE) return { type: "everything" };
    const takes = (service: MeshService) => wholeIf(service.namespace === namespace);
    const own = named(gateways.filter((gateway) => gateway.namespace === namespace));
    return { type: "some", gateways: own, partOf: new Set(), takes };
  }
  const isOurs = (own: string) => namespace === ROOT_NAMESPACE || own === namespace;
  const selectorOf = (gateway: Resource) => gateway.spec.textByName("selector");
  const parts = gateways.filter((gateway) => {
    const selector = selectorOf(gateway);
    return !covers(selector, labels) && Object.keys(selector).length > 0 && covers(labels, selector);
  });
  const entrances = gateways.filter((gateway) => covers(selectorOf(gateway), labels));
  return {
    type: "some",
    gateways: named([...entrances, ...parts]),
    partOf: named(parts),
    takes: (service) => (isOurs(service.namespace) ? selected(labels, service) : "none"),
  };
}

function named(gateways: readonly Resource[]): ReadonlySet<string> {
  return new Set(gateways.map(({ namespace, name }) => `${namespace}/${name}`));
}

function wholeIf(isTaken: boolean): Taken {
  return isTaken ? "whole" : "none";
}

/** By the labels of its workloads as far as they are known; one is enough to take it, since the edge draws among all. */
function selected(labels: Readonly<Record<string, string>>, { selector, workloads }: MeshService): Taken {
  if (selector !== undefined && covers(selector, labels)) return "whole";
  const taken = workloads.filter((workload) => covers(workload.labels, labels)).length;
  if (taken > 0) return taken === workloads.length ? "whole" : "part";
  // Labels beyond those of the Service tell its workloads apart: some of them may be meant.
  if (selector === undefined || Object.keys(selector).length === 0) return "none";
  if (covers(labels, selector)) return "part";
  const isContradicted = Object.entries(labels).some(([name, value]) => (selector[name] ?? value) !== value);
  return workloads.some((workload) => Object.keys(workload.labels).length > 0) || isContradicted ? "none" : "unknown";
}

function covers(all: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => all[name] === value);
}

function ofReferences(refs: readonly SourceNode[], namespace: string, gateways: readonly Resource[]): Target | null {
  const hosts = new Set<string>();
  const held = new Set<string>();
  let isValid = true;
  const refuse = (ref: SourceNode, field: string, message: string) => {
    ref.invalid(field, message);
    isValid = false;
  };
  for (const ref of refs) {
    const group = ref.text("group") ?? "";
    const kind = ref.text("kind") ?? "";
    const name = ref.text("name") ?? "";
    const own = ref.text("namespace") ?? "";
    if (name === "") refuse(ref, "name", "is required");
    if (own !== "" && own !== namespace) refuse(ref, "namespace", "cross namespace referencing is not supported");
    if (group !== "" && !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(group)) refuse(ref, "group", "is not a group");
    if (!DNS_NAME.test(kind)) refuse(ref, "kind", "is not a kind");
    if (kind === "Service" && group === "") hosts.add(fullHost(name, namespace));
    else if (kind === "ServiceEntry") hosts.add(`entry ${namespace}/${name}`);
    else if (kind === "Gateway" && gateways.some((one) => one.namespace === namespace && one.name === name)) {
      held.add(`${namespace}/${name}`);
    } else ref.note("", `${kind} ${name} is not among what is imported`, "security");
  }
  const takes = ({ host, entry }: MeshService) =>
    wholeIf(hosts.has(host) || (entry !== undefined && hosts.has(`entry ${entry}`)));
  return isValid ? { type: "some", gateways: held, partOf: new Set(), takes } : null;
}
