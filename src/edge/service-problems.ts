/** What keeps requests from being sent to a service, though its endpoints are well: secrets and bindings that are not there. */

import type { ServiceProblem, ServiceProblems } from "../core/service-problem.ts";
import type { Isolate } from "./isolate.ts";
import type { ServiceRuntime } from "./service-runtime.ts";
import { certificateProblem } from "./transport.ts";

/** By service; those without a problem are not in it. Never throws. Linear in the endpoints. */
export function serviceProblems({ open, env }: Isolate): ServiceProblems {
  const found: [string, readonly ServiceProblem[]][] = [];
  for (const runtime of open.services) {
    const problems = problemsOf(runtime, env);
    if (problems.length > 0) found.push([runtime.state.service.name, problems]);
  }
  return Object.fromEntries(found);
}

function problemsOf({ state: { service }, credentials }: ServiceRuntime, env: object): readonly ServiceProblem[] {
  const byDetail = new Map<string, string[]>();
  const blame = (detail: string, id: string) => {
    const ids = byDetail.get(detail);
    if (ids === undefined) byDetail.set(detail, [id]);
    else if (ids.at(-1) !== id) ids.push(id);
  };
  service.endpoints.forEach((endpoint, index) => {
    for (const credential of credentials?.[index] ?? []) {
      const problem = credential.problem();
      if (problem !== "") blame(`credential ${credential.name}: ${problem}`, endpoint.id);
    }
    const certificate = certificateProblem(endpoint, service, env);
    if (certificate !== null) blame(certificate, endpoint.id);
  });
  const total = service.endpoints.length;
  return [...byDetail].map(([detail, endpoints]) => ({ detail, endpoints, all: endpoints.length === total }));
}
