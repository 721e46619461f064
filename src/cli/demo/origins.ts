import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Origin, startOrigin } from "../origin/start-origin.ts";
import { DEMO_FOLDER } from "./state-file.ts";

interface Cloud {
  readonly name: string;
  readonly region: string;
  readonly port: number;
  readonly baseLatencyMs: number;
}

/** Three clouds that are nearly as good as each other, so that what moves traffic is what is done to them. */
const CLOUDS: readonly Cloud[] = [
  { name: "aws", region: "us-east-1", port: 9001, baseLatencyMs: 14 },
  { name: "gcp", region: "europe-west1", port: 9002, baseLatencyMs: 16 },
  { name: "azure", region: "westeurope", port: 9003, baseLatencyMs: 18 },
];
const JITTER_MS = 8;

/** Starts the demo's origins on their usual ports, or on free ones where those are taken. */
export function startDemoOrigins(): Promise<Origin[]> {
  return Promise.all(
    CLOUDS.map(async ({ name, port, baseLatencyMs }) => {
      const options = { name, baseLatencyMs, jitterMs: JITTER_MS };
      return startOrigin({ ...options, port }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EADDRINUSE") throw error;
        return startOrigin(options);
      });
    }),
  );
}

/** Writes the demo's mesh config and returns its absolute path. */
export function writeDemoConfig(origins: readonly Origin[]): string {
  mkdirSync(DEMO_FOLDER, { recursive: true });
  const path = resolve(join(DEMO_FOLDER, "demo.yaml"));
  writeFileSync(path, demoConfig(origins));
  return path;
}

/** The demo's mesh config as YAML. */
export function demoConfig(origins: readonly { readonly name: string; readonly url: string }[]): string {
  const endpoints = origins.map(({ name, url }) => {
    const region = CLOUDS.find((cloud) => cloud.name === name)?.region ?? "";
    return `      - { id: ${name}, url: "${url}", locality: { cloud: ${name}, region: ${region} } }`;
  });
  return `# The demo's mesh. Change it while the demo runs: it takes force at once.
services:
  shop:
    endpoints:
${endpoints.join("\n")}
    loadBalancing: { policy: adaptive }
    retry: { attempts: 2 }
    timeouts: { backendRequest: "1s" }
routes:
  - rules:
      - matches: [{ path: { type: PathPrefix, value: / } }]
        backendRefs: [{ service: shop }]
`;
}
