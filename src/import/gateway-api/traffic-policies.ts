/** The experimental XBackendTrafficPolicy: retry budget and session persistence of a Service. */
import type { Finding } from "../report.ts";
import { byAge, type Cluster, findingOf, type Resource } from "./cluster.ts";
import type { KubernetesService } from "./resources/kubernetes.ts";
import type { BackendTrafficPolicy } from "./resources/policies.ts";

/** The policy that holds for a Service; of several the oldest. */
export function trafficPolicyOf(
  { namespace, name }: Pick<Resource<KubernetesService>, "namespace" | "name">,
  { trafficPolicies }: Cluster,
): Resource<BackendTrafficPolicy> | undefined {
  return [...trafficPolicies.values()]
    .filter(
      (policy) =>
        policy.namespace === namespace &&
        policy.object.spec.targetRefs.some((ref) => ref.group === "" && ref.kind === "Service" && ref.name === name),
    )
    .sort(byAge)[0];
}

export function trafficPolicyFindings({ trafficPolicies }: Cluster): Finding[] {
  return [...trafficPolicies.values()].flatMap((policy) => {
    const findings: Finding[] = [];
    const { targetRefs, retryConstraint } = policy.object.spec;
    for (const [index, { group, kind, name }] of targetRefs.entries()) {
      if (group === "" && kind === "Service") continue;
      const message = `${kind} ${name} is not a Service`;
      findings.push(
        findingOf(policy, {
          path: `spec.targetRefs[${index}]`,
          severity: "dropped",
          reason: "TargetNotFound",
          message,
        }),
      );
    }
    if (retryConstraint !== undefined && retryConstraint.budget.interval !== "10s") {
      const message = "the budget is measured over the window that the mesh's counts decay in";
      findings.push(
        findingOf(policy, {
          path: "spec.retryConstraint.budget.interval",
          severity: "changed",
          reason: "UnsupportedField",
          message,
        }),
      );
    }
    if (retryConstraint?.minRetryRate !== undefined) {
      const message =
        "retries have no minimum rate of their own: a minimum in every isolate would be no minimum in all";
      findings.push(
        findingOf(policy, {
          path: "spec.retryConstraint.minRetryRate",
          severity: "dropped",
          reason: "UnsupportedField",
          message,
        }),
      );
    }
    return findings;
  });
}
