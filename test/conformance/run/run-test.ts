/** One test: its manifests are imported for each Gateway that its cases call, and its cases are run against that mesh. */
import type { CaseRequest, ConformanceCase, TestFile } from "../case.ts";
import type { KubernetesObject, TestCluster } from "../cluster/cluster.ts";
import { notApplicable } from "./applicable.ts";
import type { ConformanceEdge } from "./edge.ts";
import { runCase } from "./run-case.ts";

export interface CaseResult {
  readonly id: string;
  readonly name: string;
  readonly outcome: "passed" | "failed" | "not-applicable";
  /** Why it failed or does not apply; "" when it passed. */
  readonly reason: string;
}

/** What a Gateway's own address is called in requests that name no host. */
const ADDRESS = "192.0.2.1";

/** Never rejects: what breaks fails the cases it breaks. - `documents`: the base and the test's own. */
export async function runTest(
  file: TestFile,
  documents: readonly KubernetesObject[],
  cluster: TestCluster,
  edge: ConformanceEdge,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  let inForce = "";
  for (const test of file.cases) {
    const verdict = (outcome: CaseResult["outcome"], reason: string) =>
      results.push({ id: test.id, name: test.name, outcome, reason });
    const reason = notApplicable(file, test);
    if (reason !== null) {
      verdict("not-applicable", reason);
      continue;
    }
    try {
      const gateway = test.gateway === undefined ? null : `${test.gateway.namespace}/${test.gateway.name}`;
      const present = documents.filter((object) => !isDeleted(object, test));
      const wanted = `${gateway} ${present.length}`;
      if (wanted !== inForce) await edge.apply(cluster.withSlices(present), gateway);
      inForce = wanted;
      const authority = (request: CaseRequest) => authorityOf(request, listenerPort(present, test));
      const fault = await runCase(test, { edge, cluster, authority });
      verdict(fault === null ? "passed" : "failed", fault ?? "");
    } catch (error) {
      verdict("failed", String(error));
    }
  }
  return results;
}

function isDeleted({ kind, metadata }: KubernetesObject, test: ConformanceCase): boolean {
  return (test.before ?? []).some(
    ({ delete: gone }) => gone.kind === kind && gone.name === metadata.name && gone.namespace === metadata.namespace,
  );
}

interface ListenerSpec {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
}

/** The port that the suite connects to: 80 of a Service; of a Gateway that of the named listener, else of the first one of the request's protocol. */
function listenerPort(documents: readonly KubernetesObject[], { gateway, request }: ConformanceCase): number {
  if (gateway === undefined) return 80;
  const found = documents.find(
    ({ kind, metadata }) =>
      kind === "Gateway" && metadata.name === gateway.name && metadata.namespace === gateway.namespace,
  );
  const listeners = (found?.spec as { readonly listeners?: readonly ListenerSpec[] } | undefined)?.listeners ?? [];
  const protocol = /^(https|wss)$/.test(request.scheme) ? "HTTPS" : "HTTP";
  const named = listeners.find(({ name }) => gateway.listeners.includes(name));
  return (named ?? listeners.find((listener) => listener.protocol === protocol))?.port ?? 80;
}

/** Cloudflare tells a Worker the port in the URL, so the Host header carries it here where it is not the scheme's own. */
function authorityOf({ host, scheme }: CaseRequest, port: number): string {
  if (/:\d+$/.test(host)) return host;
  const ownPort = /^(https|wss)$/.test(scheme) ? 443 : 80;
  return `${host === "" ? ADDRESS : host}${port === ownPort ? "" : `:${port}`}`;
}
