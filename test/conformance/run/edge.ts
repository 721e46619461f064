/** One real edge for the whole run; every test puts its own mesh in force. */
import { generate } from "selfsigned";
import { type Edge, startEdge } from "../../../src/cli/workerd/start-edge.ts";
import { compileMesh } from "../../../src/config/compile.ts";
import { parseConfig } from "../../../src/config/decode.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import { importGatewayApi } from "../../../src/import/gateway-api/import-gateway-api.ts";
import type { ImportResult } from "../../../src/import/report.ts";
import { configText } from "../../../src/import/write-config.ts";
import type { KubernetesObject } from "../cluster/cluster.ts";
import type { KeyPair } from "../cluster/echo-server.ts";
import type { EdgePorts } from "./send.ts";

export interface ConformanceEdge extends EdgePorts {
  /** Imports documents for one Gateway and puts the mesh in force. Throws when they cannot be. */
  apply(documents: readonly KubernetesObject[], gateway: string): Promise<ImportResult>;
  stop(): Promise<void>;
}

/** A certificate for any name: the callers of this run do not check it. */
export async function testCertificate(): Promise<KeyPair> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "conformance.test" }], { keySize: 2048 });
  return { key, cert };
}

export async function startConformanceEdge(keyPair: KeyPair): Promise<ConformanceEdge> {
  let compiledAtMs = Date.now();
  const edge: Edge = await startEdge({
    mesh: await compiled({ services: {}, routes: [] }, compiledAtMs),
    tls: keyPair,
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
export function importManifests(documents: readonly KubernetesObject[], gateway: string): ImportResult {
  const sources = documents.map((value) => ({ file: "manifests", value }));
  const result = importGatewayApi(sources, { gateway, endpoints: [], endpointTemplate: null });
  if ("refusal" in result) throw new Error(result.refusal);
  return result;
}

/** Through the text, as a user's heddle.yaml goes. */
async function compiled(config: ImportResult["config"], nowMs: number): Promise<Mesh> {
  const decoded = parseConfig(configText(config, []));
  if (!decoded.ok) throw new Error(`the import is not a valid config: ${JSON.stringify(decoded.faults)}`);
  return compileMesh(decoded.config, { nowMs });
}
