/**
 * Runs the Gateway API's conformance tests against a real edge: `npm run conformance -- [NAME…] [--json FILE]`.
 *
 * NAME: part of a test's name or file; default all. Exit code 1 when a case fails.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { TestFile } from "./case.ts";
import { type KubernetesObject, TestCluster } from "./cluster/cluster.ts";
import { backendCertificate, suiteObjects } from "./cluster/suite-objects.ts";
import { printTable, summaryOf, type TestResult } from "./report.ts";
import { checkStatuses } from "./run/check-statuses.ts";
import { startConformanceEdge } from "./run/edge.ts";
import { runTest } from "./run/run-test.ts";
import { closeConnections } from "./run/send.ts";

const DATA = join(import.meta.dirname, "data/gateway-api");
const FOLDERS = [DATA, join(import.meta.dirname, "own")];

const { values, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });

const tests = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => ({ name, file: JSON.parse(readFileSync(join(folder, name), "utf8")) as Partial<TestFile> })),
)
  .filter((entry): entry is { name: string; file: TestFile } => entry.file.test !== undefined)
  .filter(
    ({ name, file }) =>
      positionals.length === 0 || positionals.some((part) => `${name} ${file.test.shortName}`.includes(part)),
  );

const startedAt = performance.now();
const keyPair = await backendCertificate();
const cluster = new TestCluster(keyPair);
await cluster.start(documentsOf("base.json"));
const [tlsPod] = cluster.podsOf("gateway-conformance-infra", "tls-backend");
const hosts = ["abc", "other", "mismatch"].map((name) => ({
  hostname: `${name}.example.com`,
  address: `127.0.0.1:${tlsPod!.tls!.port}`,
  authority: keyPair.cert,
}));
const edge = await startConformanceEdge(keyPair, hosts);
const results: TestResult[] = [];
try {
  for (const { file } of tests) {
    const documents = [
      ...documentsOf(file.base),
      ...suiteObjects(keyPair.cert),
      ...file.manifests.flatMap((manifest) => manifest.documents),
    ];
    await cluster.start(documents);
    const cases = [...(await runTest(file, documents, cluster, edge)), ...checkStatuses(file, documents, cluster)];
    results.push({ test: file.test.shortName, conformance: file.test.conformance, cases });
  }
} finally {
  closeConnections();
  await edge.stop();
  await cluster.stop();
}
const summary = summaryOf(results);
printTable(results, (performance.now() - startedAt) / 1_000);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ summary, results }, null, 2)}\n`);
process.exitCode = summary.failed > 0 ? 1 : 0;

function documentsOf(base: string): readonly KubernetesObject[] {
  return (JSON.parse(readFileSync(join(DATA, base), "utf8")) as { documents: KubernetesObject[] }).documents;
}
