/** ServiceEntry, with the rules of Istio's own schema. */
import type { SourceNode } from "../proxy/source-node.ts";
import type { MeshService, ServicePort } from "./registry.ts";
import type { Resource } from "./resources.ts";
import { isPort, readWorkload, type Workload } from "./workload.ts";

/**
 * The services of an entry, one for each of its hosts; none when the entry is invalid.
 *
 * - `workloads`: those of the entry's namespace that a selector may choose.
 */
export function readServiceEntry(
  { spec, name, namespace, document }: Resource,
  workloads: readonly { readonly labels: Readonly<Record<string, string>>; readonly workload: Workload }[],
): MeshService[] {
  const hosts = spec.texts("hosts");
  if (hosts.length === 0) spec.invalid("hosts", "is required");
  for (const [index, host] of hosts.entries()) {
    if (host === "*") spec.invalid("hosts", "a host cannot be * alone", ["hosts", index]);
  }
  const resolution = spec.text("resolution") ?? "NONE";
  if (!["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"].includes(resolution)) {
    spec.invalid("resolution", `${resolution} is not a resolution`);
  }
  const ports = readPorts(spec);
  const own = spec.objects("endpoints").flatMap((node) => readWorkload(node) ?? []);
  const selector = readSelector(spec);
  rules(spec, resolution, selector !== null);
  spec.ignore("exportTo", "location");
  spec.drop("subjectAltNames", "certificates are checked by the platform, against the name in the URL alone");

  return hosts.map((host) => ({
    host: host.toLowerCase(),
    namespace,
    document,
    node: spec,
    ports,
    exportTo: spec.texts("exportTo"),
    entry: `${namespace}/${name}`,
    workloads: endpointsOf(spec, host, resolution, { own, selector, workloads }),
  }));
}

interface Sources {
  readonly own: readonly Workload[];
  readonly selector: Readonly<Record<string, string>> | null;
  readonly workloads: readonly { readonly labels: Readonly<Record<string, string>>; readonly workload: Workload }[];
}

function endpointsOf(spec: SourceNode, host: string, resolution: string, sources: Sources): readonly Workload[] {
  const { own, selector, workloads } = sources;
  if (own.length > 0) return own;
  if (selector !== null) {
    const wanted = Object.entries(selector);
    return workloads
      .filter(({ labels }) => wanted.every(([name, value]) => labels[name] === value))
      .map(({ workload }) => workload);
  }
  if (resolution === "STATIC" || host.includes("*")) return [];
  if (resolution === "NONE") {
    spec.note(
      "resolution",
      "NONE goes to the address that the caller has looked up; here it is the host itself",
      "changed",
    );
  }
  return [{ address: host, ports: {}, labels: {}, locality: "", weight: 1 }];
}

function readPorts(spec: SourceNode): readonly ServicePort[] {
  const names = new Set<string>();
  const numbers = new Set<number>();
  return spec.objects("ports").flatMap((node, index) => {
    const number = node.number("number");
    const name = node.text("name") ?? "";
    const targetPort = node.number("targetPort");
    if (number === undefined) node.invalid("number", "is required");
    else if (!isPort(number)) node.invalid("number", "port must be between 1 and 65535");
    if (targetPort !== undefined && !isPort(targetPort)) node.invalid("targetPort", "port must be between 1 and 65535");
    if (names.has(name)) spec.invalid("ports", `the name ${name} is there already`, ["ports", index, "name"]);
    if (number !== undefined && numbers.has(number)) {
      spec.invalid("ports", "port number cannot be duplicated", ["ports", index, "number"]);
    }
    names.add(name);
    numbers.add(number ?? 0);
    const protocol = node.text("protocol") ?? "";
    return number === undefined ? [] : [{ number, name, protocol, targetPort: targetPort ?? number }];
  });
}

function readSelector(spec: SourceNode): Readonly<Record<string, string>> | null {
  const selector = spec.object("workloadSelector");
  if (selector === undefined) return null;
  const labels = selector.textByName("labels");
  for (const [name, value] of Object.entries(labels)) {
    if (`${name}${value}`.includes("*")) {
      selector.invalid("labels", "a selector takes no wildcards", ["labels", name]);
    }
  }
  return labels;
}

function rules(spec: SourceNode, resolution: string, hasSelector: boolean): void {
  const endpoints = spec.raw("endpoints");
  if (hasSelector && endpoints !== undefined) {
    spec.invalid("endpoints", "only one of workloadSelector and endpoints can be set");
  } else if (resolution === "NONE" && endpoints !== undefined) {
    spec.invalid("endpoints", "resolution NONE takes no endpoints");
  } else if (resolution === "DNS_ROUND_ROBIN" && Array.isArray(endpoints) && endpoints.length > 1) {
    spec.invalid("endpoints", "resolution DNS_ROUND_ROBIN takes one endpoint");
  }
  const addresses = spec.raw("addresses");
  if (resolution === "NONE" || resolution === "STATIC" || !Array.isArray(addresses)) return;
  for (const [index, address] of addresses.entries()) {
    if (typeof address === "string" && address.includes("/")) {
      spec.invalid("addresses", "CIDR addresses go with the resolutions NONE and STATIC", ["addresses", index]);
    }
  }
}
