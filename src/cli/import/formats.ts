import type { ImportOptions } from "../../import/options.ts";
import type { ImportRefusal, ImportResult } from "../../import/report.ts";
import type { SourceDocument } from "../../import/source-document.ts";

/** A pure function of what was read: the same documents and options give the same result. */
export type Importer = (documents: readonly SourceDocument[], options: ImportOptions) => ImportResult | ImportRefusal;

export interface ImportFormat {
  readonly name: string;
  /** Its code, loaded when it is used. */
  readonly load: () => Promise<Importer>;
}

/** What `heddle import` reads. */
export const FORMATS: readonly ImportFormat[] = [
  {
    name: "gateway-api",
    load: async () => (await import("../../import/gateway-api/import-gateway-api.ts")).importGatewayApi,
  },
  {
    name: "istio",
    load: async () => (await import("../../import/istio/import-istio.ts")).importIstio,
  },
  {
    name: "envoy",
    load: async () => (await import("../../import/envoy/import-envoy.ts")).importEnvoy,
  },
];
