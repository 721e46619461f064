/** One real edge for the whole run; every test puts its own mesh in force. */
import { randomBytes } from "node:crypto";
import type { KnownHost } from "../../../src/cli/workerd/capnp.ts";
import { type Edge, startEdge } from "../../../src/cli/workerd/start-edge.ts";
import { compileMesh } from "../../../src/config/compile.ts";
import { parseConfig } from "../../../src/config/decode.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import { importGatewayApi } from "../../../src/import/gateway-api/import-gateway-api.ts";
import type { EndpointMapping } from "../../../src/import/options.ts";
import type { ImportResult } from "../../../src/import/report.ts";
import { configText } from "../../../src/import/write-config.ts";
import type { KubernetesObject } from "../cluster/cluster.ts";
import type { KeyPair } from "../cluster/echo-server.ts";
import type { EdgePorts } from "./send.ts";

export interface ConformanceEdge extends EdgePorts {
  /** Imports documents for one Gateway, or for Services when it is null, and puts the mesh in force. Throws when they cannot be. */
  apply(documents: readonly KubernetesObject[], gateway: string | null): Promise<ImportResult>;
  stop(): Promise<void>;
}

/** - `hosts`: names of origins that have TLS. */
export async function startConformanceEdge(keyPair: KeyPair, hosts: readonly KnownHost[]): Promise<ConformanceEdge> {
  let compiledAtMs = Date.now();
  const mesh = await compiled({ services: {}, routes: [] }, compiledAtMs);
  const edge: Edge = await startEdge({
    mesh,
    tls: keyPair,
    hosts,
    bindings: { HEDDLE_SESSION_KEY: randomBytes(32).toString("hex") },
  });
  return {
    http: edge.port,
    https: edge.tlsPort!,
    async apply(documents, gateway) {
      const result = importManifests(documents, gateway);
      compiledAtMs = Math.max(Date.now(), compiledAtMs + 1);
      await edge.putMesh(await compiled(result.config, compiledAtMs));
      return result;
    },
    stop: () => edge.stop(),
  };
}

/** What `heddle import gateway-api` makes of documents, with their EndpointSlices saying where services are. */
export function importManifests(documents: readonly KubernetesObject[], gateway: string | null): ImportResult {
  const sources = documents.map((value) => ({ file: "manifests", value }));
  const result = importGatewayApi(sources, {
    gateway,
    services: gateway === null,
    endpoints: tlsEndpoints(documents),
    endpointTemplate: null,
  });
  if ("refusal" in result) throw new Error(result.refusal);
  return result;
}

/**
 * Services that a BackendTLSPolicy speaks of are reached by the policy's host name, as a user maps them with --endpoint:
 * a Worker checks the certificate for the name in the URL.
 */
function tlsEndpoints(documents: readonly KubernetesObject[]): EndpointMapping[] {
  const mappings = documents
    .filter(({ kind }) => kind === "BackendTLSPolicy")
    .flatMap(({ metadata, spec }) => {
      const { targetRefs, validation } = spec as TlsPolicySpec;
      return targetRefs.map(({ name, sectionName }): EndpointMapping => {
        const service = documents.find((object) => object.kind === "Service" && object.metadata.name === name);
        const ports = (service?.spec as ServiceSpec | undefined)?.ports ?? [];
        const port = ports.find((candidate) => candidate.name === sectionName)?.port ?? null;
        return { service: `${metadata.namespace}/${name}`, port, url: `https://${validation.hostname}` };
      });
    });
  // Of two policies for one target the first is in force.
  return [...new Map(mappings.toReversed().map((mapping) => [`${mapping.service}:${mapping.port}`, mapping])).values()];
}

interface TlsPolicySpec {
  readonly targetRefs: readonly { readonly name: string; readonly sectionName?: string }[];
  readonly validation: { readonly hostname: string };
}

interface ServiceSpec {
  readonly ports?: readonly { readonly name?: string; readonly port: number }[];
}

/** Through the text, as a user's heddle.yaml goes. */
async function compiled(config: ImportResult["config"], nowMs: number): Promise<Mesh> {
  const decoded = parseConfig(configText(config, []));
  if (!decoded.ok) throw new Error(`the import is not a valid config: ${JSON.stringify(decoded.faults)}`);
  return compileMesh(decoded.config, { nowMs });
}
