/** Where a workload runs, as ServiceEntry endpoints and WorkloadEntries say it, with the rules of Istio's own schema. */
import type { SourceNode } from "../proxy/source-node.ts";

export interface Workload {
  readonly address: string;
  /** By the name of the service's port. */
  readonly ports: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, string>>;
  /** "region/zone/subzone", "" unknown. */
  readonly locality: string;
  readonly weight: number;
}

/** The workload; one without an address is null, since its network's gateway would be called. */
export function readWorkload(node: SourceNode): Workload | null {
  const address = node.text("address") ?? "";
  const ports = readPorts(node);
  if (address === "") {
    if (!node.has("network")) node.invalid("address", "is required");
    else
      node.note("network", "endpoints of another network are reached through its gateway, which is not carried over");
  } else if (address.startsWith("unix://")) socketRules(node, address, ports);
  node.ignore("serviceAccount");
  if (address !== "") node.drop("network", "the edge is in none of the mesh's networks");
  const workload = {
    address,
    ports,
    labels: node.textByName("labels"),
    locality: node.text("locality") ?? "",
    weight: node.number("weight") ?? 1,
  };
  if (address.startsWith("unix://")) {
    node.note("address", "is a socket of one machine, which the edge cannot reach");
    return null;
  }
  return address === "" ? null : workload;
}

function readPorts(node: SourceNode): Readonly<Record<string, number>> {
  const ports: [string, number][] = [];
  const listed = node.object("ports");
  for (const name of listed?.names() ?? []) {
    const number = listed!.number(name);
    if (!/^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(name) || name.length > 63) {
      node.invalid("ports", `"${name}" is not the name of a port`, ["ports", name]);
    } else if (number !== undefined && !isPort(number)) {
      node.invalid("ports", "port must be between 1 and 65535", ["ports", name]);
    } else if (number !== undefined) ports.push([name, number]);
  }
  return Object.fromEntries(ports);
}

function socketRules(node: SourceNode, address: string, ports: Readonly<Record<string, number>>): void {
  const path = address.slice("unix://".length);
  if (!path.startsWith("/") && !path.startsWith("@")) {
    node.invalid("address", "a socket has to be an absolute path or an abstract one");
  } else if (path.endsWith("/")) node.invalid("address", "a socket cannot be a directory");
  if (Object.keys(ports).length > 0) node.invalid("ports", "a socket has no ports");
}

export function isPort(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= 65_535;
}
