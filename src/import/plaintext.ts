/** Services that are asked over the internet without encryption, as what was imported has it. */
import { isRecord } from "../config/schema/finding.ts";
import { mayBePlain } from "../core/plaintext.ts";
import type { Finding, ImportResult } from "./report.ts";

/**
 * The result with `plaintext: allow` on each service that needs it, so that requests go on as they did, and a finding on each:
 * whoever imports has to see it. Never throws. Linear in the endpoints.
 */
export function withPlaintextSaid<R extends Pick<ImportResult, "config" | "findings">>(result: R): R {
  const { services } = result.config;
  if (!isRecord(services)) return result;
  const findings: Finding[] = [];
  const said = Object.entries(services).map(([name, service]) => {
    const plain = plainEndpoint(service);
    if (plain === null || !isRecord(service)) return [name, service];
    findings.push(findingOf(name, plain));
    const { endpoints, ...rest } = service;
    return [name, { endpoints, plaintext: "allow", ...rest }];
  });
  if (findings.length === 0) return result;
  return {
    ...result,
    config: { ...result.config, services: Object.fromEntries(said) },
    findings: [...result.findings, ...findings],
  };
}

/** The URL of the first endpoint that is asked so; null when none is. */
function plainEndpoint(service: unknown): string | null {
  const endpoints = isRecord(service) && Array.isArray(service.endpoints) ? service.endpoints : [];
  for (const endpoint of endpoints) {
    const url = isRecord(endpoint) ? endpoint.url : undefined;
    if (typeof url !== "string" || !URL.canParse(url)) continue;
    const { protocol, hostname } = new URL(url);
    if (protocol === "http:" && !mayBePlain("private", hostname)) return url;
  }
  return null;
}

function findingOf(service: string, url: string): Finding {
  return {
    file: "",
    kind: "Config",
    name: "heddle.yaml",
    path: `services.${service}.plaintext`,
    severity: "changed",
    reason: "Plaintext",
    message: `${url} is asked over the internet without encryption, as before: plaintext: upgrade asks it by https`,
  };
}
