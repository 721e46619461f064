/**
 * External authorizers, as Istio's mesh config names them: the ConfigMap `istio`, extensionProviders of type
 * envoyExtAuthzHttp. Where one can be reached from the edge is said by `--endpoint`, as for every service.
 */
import { externalSchema } from "../../config/schema/authentication/others.ts";
import { type ImportOptions, mappedUrls } from "../options.ts";
import { faultsOf, type Settings } from "../proxy/draft.ts";
import type { Notes } from "../proxy/notes.ts";
import { SourceNode } from "../proxy/source-node.ts";
import { isObject, parseDocuments, type SourceDocument } from "../source-document.ts";
import { kubernetesName } from "./hosts.ts";

/** Providers by name. None where no mesh config is given. */
export function readExtensionProviders(
  documents: readonly SourceDocument[],
  options: ImportOptions,
  notes: Notes,
): ReadonlyMap<string, Settings> {
  const providers = new Map<string, Settings>();
  for (const [document, { value }] of documents.entries()) {
    const mesh = meshConfigIn(value);
    if (mesh === null) continue;
    const root = new SourceNode(mesh, { notes, document, path: ["data", "mesh"] });
    for (const node of root.objects("extensionProviders")) {
      const name = node.text("name") ?? "";
      const http = node.object("envoyExtAuthzHttp");
      if (http === undefined) continue;
      const provider = readAuthorizer(http, options);
      if (provider !== null) providers.set(name, provider);
      node.finish();
    }
  }
  return providers;
}

function meshConfigIn(value: Readonly<Record<string, unknown>>): Record<string, unknown> | null {
  if (value.kind !== "ConfigMap" || !isObject(value.metadata) || value.metadata.name !== "istio") return null;
  const text = isObject(value.data) ? value.data.mesh : undefined;
  if (typeof text !== "string") return null;
  const [first] = parseDocuments("data.mesh", text).documents;
  return first === undefined ? null : { ...first.value };
}

/** Null: it cannot be carried over, which is noted. */
function readAuthorizer(node: SourceNode, options: ImportOptions): Settings | null {
  const host = (node.text("service") ?? "").replace(/^[^/]*\//, "");
  const port = node.number("port") ?? 80;
  const kubernetes = kubernetesName(host);
  const name = kubernetes === null ? host : `${kubernetes.namespace}/${kubernetes.service}`;
  const url = (
    kubernetes === null
      ? options.endpoints.filter((mapping) => mapping.service === host).map((mapping) => mapping.url)
      : mappedUrls(options, { ...kubernetes, port })
  )[0];
  if (url === undefined) {
    node.note("service", `nothing says where ${host} can be reached: give --endpoint '${name}=URL'`, "security");
    return null;
  }
  const timeoutMs = node.durationMs("timeout") ?? 600_000;
  if (timeoutMs > 10_000) node.note("timeout", "is 10s at most", "changed");
  node.drop("includeRequestBodyInCheck", "the authorizer is never sent the body", "security");
  node.drop("statusOnError", "is 403 when the authorizer does not answer and refuses", "changed");
  node.drop("includeAdditionalHeadersInCheck", "only headers of the request are sent", "changed");
  const provider = {
    type: "External",
    url: `${url.replace(/\/$/, "")}${node.text("pathPrefix") ?? ""}`,
    timeout: `${Math.min(10_000, Math.max(10, Math.round(timeoutMs)))}ms`,
    onFailure: node.flag("failOpen") === true ? "allow" : "refuse",
    requestHeaders: ["authorization", ...exactHeaders(node, "includeRequestHeadersInCheck")],
    upstreamHeaders: exactHeaders(node, "headersToUpstreamOnAllow"),
    downstreamHeaders: exactHeaders(node, "headersToDownstreamOnDeny"),
  };
  const fault = faultsOf(externalSchema, provider)[0];
  if (fault === undefined) return provider;
  node.note("", `${fault.path} ${fault.message}`, "security");
  return null;
}

function exactHeaders(node: SourceNode, field: string): readonly string[] {
  return node.texts(field).flatMap((header) => {
    if (!header.includes("*")) return [header.toLowerCase()];
    node.note(field, `${header}: headers are named, without "*"`);
    return [];
  });
}
