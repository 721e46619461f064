/** Envoy's hash policies as what Heddle hashes: the first that a request has. */
import type { Settings } from "../proxy/draft.ts";
import type { SourceNode } from "../proxy/source-node.ts";

export interface HashPolicies {
  readonly on: readonly Settings[];
}

export function readHashPolicies(nodes: readonly SourceNode[]): HashPolicies {
  const on = nodes.flatMap(readOne);
  const terminal = nodes.slice(0, -1).every((node) => node.flag("terminal") === true);
  if (nodes.length > 1 && !terminal) {
    nodes[0]!.note("", "the first policy that a request has is the key; several are not combined", "changed");
  }
  nodes.at(-1)?.ignore("terminal");
  return { on };
}

function readOne(node: SourceNode): readonly Settings[] {
  const header = node.object("header");
  const cookie = node.object("cookie");
  const query = node.object("query_parameter");
  const connection = node.object("connection_properties");
  if (header !== undefined) {
    header.drop("regex_rewrite", "the whole value of the header is hashed");
    return [{ type: "header", name: header.text("header_name") ?? "" }];
  }
  if (cookie !== undefined) {
    for (const field of ["ttl", "path", "attributes"]) {
      cookie.drop(field, "the cookie is not made when a request has none; such a request goes to a random endpoint");
    }
    return [{ type: "cookie", name: cookie.text("name") ?? "" }];
  }
  if (query !== undefined) return [{ type: "query", name: query.text("name") ?? "" }];
  if (connection?.flag("source_ip") === true) return [{ type: "clientIp" }];
  node.drop("filter_state", "there is no filter state at the edge");
  return [];
}
