/** Files of other proxies, and of the platform around a project: whatever they hold, a config that is valid or a reason. */
import fc from "fast-check";
import { stringify } from "yaml";
import { readLogLine } from "../../../src/cli/simulate/access-log.ts";
import { decodeConfig } from "../../../src/config/decode.ts";
import { importEnvoy } from "../../../src/import/envoy/import-envoy.ts";
import { importGatewayApi } from "../../../src/import/gateway-api/import-gateway-api.ts";
import { importIstio } from "../../../src/import/istio/import-istio.ts";
import type { ImportOptions } from "../../../src/import/options.ts";
import type { ImportRefusal, ImportResult } from "../../../src/import/report.ts";
import { parseDocuments, type SourceDocument } from "../../../src/import/source-document.ts";
import { garbled, mutated } from "../mutations.ts";
import { ENVOY_BOOTSTRAP, manifestsOf } from "../samples.ts";
import { fuzzTarget, must } from "../target.ts";

const options: ImportOptions = {
  gateway: "gateway-conformance-infra/same-namespace",
  endpoints: [],
  endpointTemplate: "https://{service}.{namespace}.example.com:{port}",
};

type Import = (documents: readonly SourceDocument[], options: ImportOptions) => ImportResult | ImportRefusal;

function importTarget(name: string, run: Import, samples: readonly unknown[], cases: number) {
  return fuzzTarget(
    { name, holds: "what is imported is a valid config with what was left out told, or a refusal", cases },
    mutated(samples),
    (value) => {
      const documents = (Array.isArray(value) ? value : [value]).flatMap((one) =>
        typeof one === "object" && one !== null && !Array.isArray(one)
          ? [{ file: "fuzz.yaml", value: one as Record<string, unknown> }]
          : [],
      );
      const result = run(documents, options);
      if ("refusal" in result) return must(result.refusal !== "", "no reason is given");
      const decoded = decodeConfig(result.config);
      must(decoded.ok, `the config that was made is refused: ${decoded.ok ? "" : JSON.stringify(decoded.faults[0])}`);
    },
  );
}

const gatewayManifests = manifestsOf("gateway-api");

export const importTargets = [
  importTarget("import-gateway-api", importGatewayApi, gatewayManifests, 600),
  importTarget("import-istio", importIstio, manifestsOf("istio"), 1_500),
  importTarget("import-envoy", importEnvoy, [[ENVOY_BOOTSTRAP]], 1_500),
  fuzzTarget(
    { name: "documents", holds: "a file of documents is read, or its faults say where they are", cases: 800 },
    garbled(
      gatewayManifests.slice(0, 3).map((documents) =>
        documents
          .slice(-2)
          .map((one) => stringify(one))
          .join("---\n"),
      ),
    ),
    (text) => {
      const { documents, faults } = parseDocuments("fuzz.yaml", text);
      for (const { value } of documents) must(typeof value === "object" && value !== null, "a document is no object");
      for (const { message, line } of faults) must(message !== "" && line >= 0, "a fault without a place");
    },
  ),
  fuzzTarget(
    { name: "access-log", holds: "a line of an access log is a request with a time, or none", cases: 5_000 },
    fc.oneof(
      garbled([
        '203.0.113.9 - - [21/Nov/2026:10:00:00 +0000] "GET /a?b=1 HTTP/1.1" 200 12 "-" "curl"',
        '{"time":"2026-11-21T10:00:00Z","request_method":"GET","uri":"/a","host":"shop.example.com"}',
        '{"EdgeStartTimestamp":1700000000,"ClientRequestMethod":"GET","ClientRequestURI":"/a","ClientRequestHost":"h"}',
      ]),
    ),
    (text) => {
      const line = readLogLine(text);
      must(
        line === null || (Number.isFinite(line.timeMs) && line.method !== ""),
        "a request without a time or a method",
      );
    },
  ),
];
