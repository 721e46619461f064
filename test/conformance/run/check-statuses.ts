import type { TestFile } from "../case.ts";
import type { KubernetesObject, TestCluster } from "../cluster/cluster.ts";
import { statusDifference } from "../compare/statuses.ts";
import { statusNotApplicable } from "./applicable.ts";
import { importManifests } from "./edge.ts";
import type { CaseResult } from "./run-test.ts";

/** What the import reports of a test's objects, against the conditions that the suite waits for. Sends nothing. */
export function checkStatuses(
  file: TestFile,
  documents: readonly KubernetesObject[],
  cluster: TestCluster,
): CaseResult[] {
  const present = cluster.withSlices(documents);
  const gateways = documents
    .filter(({ kind }) => kind === "Gateway")
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  const statuses = gateways.flatMap((gateway) => importManifests(present, gateway).statuses ?? []);
  return file.status.map((check, index): CaseResult => {
    const id = `${file.test.shortName}/status/${index}`;
    const name = [...(check.subtest ?? []), check.check].join(": ");
    const reason = statusNotApplicable(file, check);
    if (reason !== null) return { id, name, outcome: "not-applicable", reason };
    const fault = statusDifference(check, statuses);
    return { id, name, outcome: fault === null ? "passed" : "failed", reason: fault ?? "" };
  });
}
