/** An imported config at work: compiled, and asked which rule and service answer a request. */
import { compileMesh } from "../../../src/config/compile.ts";
import { decodeConfig } from "../../../src/config/decode.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import { matchRoute } from "../../../src/core/route/match.ts";
import { openRoutes } from "../../../src/core/route/table.ts";
import { type ImportOptions, parseEndpointMapping } from "../../../src/import/options.ts";
import type { ImportRefusal, ImportResult } from "../../../src/import/report.ts";
import { parseDocuments, type SourceDocument } from "../../../src/import/source-document.ts";

export function documentsOf(text: string): readonly SourceDocument[] {
  const { documents, faults } = parseDocuments("test.yaml", text);
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return documents;
}

export function optionsOf(endpoints: readonly string[] = [], gateway: string | null = null): ImportOptions {
  const mappings = endpoints.map((text) => {
    const mapping = parseEndpointMapping(text);
    if (typeof mapping === "string") throw new Error(mapping);
    return mapping;
  });
  return { gateway, endpoints: mappings, endpointTemplate: null };
}

export function carried(result: ImportResult | ImportRefusal): ImportResult {
  if ("refusal" in result) throw new Error(result.refusal);
  return result;
}

/** Of each finding its severity, place and the beginning of what it says. */
export function told(result: ImportResult): readonly string[] {
  return result.findings.map(({ severity, kind, path, message }) => `${severity} ${kind} ${path}: ${message}`);
}

export async function meshOf(result: ImportResult): Promise<Mesh> {
  const decoded = decodeConfig(result.config);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return compileMesh(decoded.config, { nowMs: 0 });
}

export interface Asked {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks for "host/path"; gives the rule's filters that answer, its services with their weights, or "404". */
export function answersOf(mesh: Mesh): (asked: string | Asked) => string {
  const table = openRoutes(mesh);
  return (asked) => {
    const { url, method = "GET", headers = {} } = typeof asked === "string" ? { url: asked } : asked;
    const { protocol, hostname, port, pathname, search } = new URL(url);
    const scheme = protocol.slice(0, -1);
    const found = matchRoute(table, {
      method,
      scheme,
      host: hostname,
      port: port === "" ? (scheme === "https" ? 443 : 80) : Number(port),
      path: pathname,
      query: search,
      header: (name) => headers[name] ?? (name === "host" ? hostname : null),
    });
    if (found === null) return "404";
    const answer = found.rule.filters?.answer;
    if (answer?.type === "redirect") return `redirect ${answer.statusCode}`;
    if (answer?.type === "response") return `response ${answer.status}`;
    return found.rule.backendRefs
      .map(
        ({ service, weight }) =>
          `${service < 0 ? "500" : mesh.services[service]!.name}${weight === 1 ? "" : ` ${weight}`}`,
      )
      .join(", ");
  };
}
