/** BackendTLSPolicies: which one holds for a port of a Service, and whether it can be carried over. */
import type { Condition, Finding, ObjectStatus } from "../report.ts";
import { byAge, type Cluster, findingOf, nameOf, type Resource } from "./cluster.ts";
import { no, yes } from "./conditions.ts";
import type { KubernetesService, ServicePort } from "./resources/kubernetes.ts";
import type { BackendTlsPolicy } from "./resources/policies.ts";

export type BackendTls =
  | {
      readonly policy: string;
      /** Host names of which the endpoint's certificate has to have one; none when only URIs would do. */
      readonly identities: readonly string[];
    }
  | { readonly invalid: string; readonly reason: string };

/** Null when no policy says anything of the port. Of several the oldest holds; one that names the port goes before. */
export function backendTls(
  service: Resource<KubernetesService>,
  port: ServicePort,
  cluster: Cluster,
): BackendTls | null {
  const policy = policyOf(service, port.name, cluster);
  if (policy === undefined) return null;
  const name = `BackendTLSPolicy ${nameOf(policy)}`;
  const { resolved, accepted } = judge(policy, cluster);
  if (accepted.status === "True") return { policy: name, identities: identitiesOf(policy) };
  return { invalid: `${name} is not valid: ${resolved.reason}`, reason: accepted.reason };
}

/** Where there are alternative names, the hostname is for the handshake alone. */
function identitiesOf({ object }: Resource<BackendTlsPolicy>): string[] {
  const { hostname, subjectAltNames } = object.spec.validation;
  if (subjectAltNames.length === 0) return [hostname];
  return subjectAltNames.flatMap((name) => (name.type === "Hostname" ? [name.hostname!.toLowerCase()] : []));
}

function policyOf(service: Resource, portName: string | undefined, { tlsPolicies }: Cluster) {
  const targets = (section: (name: string | undefined) => boolean) =>
    [...tlsPolicies.values()]
      .filter(({ namespace, object: { spec } }) =>
        spec.targetRefs.some(
          ({ group, kind, name, sectionName }) =>
            group === "" &&
            kind === "Service" &&
            name === service.name &&
            namespace === service.namespace &&
            section(sectionName),
        ),
      )
      .sort(byAge)[0];
  return (
    (portName === undefined ? undefined : targets((name) => name === portName)) ?? targets((name) => name === undefined)
  );
}

/** Whether the policy's CA certificates exist. One that does is enough. */
function judge({ namespace, object: { spec } }: Resource<BackendTlsPolicy>, { configMaps }: Cluster) {
  const { caCertificateRefs, wellKnownCACertificates } = spec.validation;
  const reasons = caCertificateRefs.map(({ group, kind, name }) => {
    if (group !== "" || kind !== "ConfigMap") return "InvalidKind";
    const certificate = configMaps.get(`${namespace}/${name}`)?.object.data?.["ca.crt"];
    return certificate?.includes("-----BEGIN CERTIFICATE-----") ? null : "InvalidCACertificateRef";
  });
  const bad = reasons.find((reason) => reason !== null) ?? null;
  const isUsable = wellKnownCACertificates === "System" || reasons.includes(null);
  return {
    resolved: bad === null ? yes("ResolvedRefs") : no("ResolvedRefs", bad),
    accepted: isUsable ? yes("Accepted") : no("Accepted", "NoValidCACertificate"),
  };
}

/** What of the policies is lost, and each one's conditions. */
export function tlsPolicyReport(cluster: Cluster): { findings: Finding[]; statuses: ObjectStatus[] } {
  const findings: Finding[] = [];
  const statuses: ObjectStatus[] = [];
  for (const policy of [...cluster.tlsPolicies.values()].sort(byAge)) {
    const { resolved, accepted } = conflictOr(policy, cluster);
    statuses.push({ kind: policy.kind, name: nameOf(policy), part: "", conditions: [accepted, resolved] });
    const { validation, options } = policy.object.spec;
    const remark = (path: string, reason: string, message: string, condition?: Condition) =>
      findings.push(findingOf(policy, { path, severity: "dropped", reason, message, ...(condition && { condition }) }));
    if (accepted.status === "False") {
      remark(
        "",
        accepted.reason,
        accepted.reason === "Conflicted"
          ? "an older policy says the same of its target"
          : "requests to its target get an error, as the standard says",
        accepted,
      );
      continue;
    }
    if (validation.caCertificateRefs.length > 0) {
      const message = "a Worker trusts public CAs, and no others";
      remark("spec.validation.caCertificateRefs", "UnsupportedField", message);
    }
    if (validation.subjectAltNames.some(({ type }) => type === "URI")) {
      remark("spec.validation.subjectAltNames", "UnsupportedField", "a Worker checks certificates for host names only");
    }
    if (options !== undefined) remark("spec.options", "UnsupportedField", "options are an implementation's own");
  }
  return { findings, statuses };
}

/** A policy of which every target belongs to an older one is in conflict. */
function conflictOr(policy: Resource<BackendTlsPolicy>, cluster: Cluster) {
  const older = [...cluster.tlsPolicies.values()].filter(
    (other) => other !== policy && other.namespace === policy.namespace && byAge(other, policy) < 0,
  );
  const key = (ref: BackendTlsPolicy["spec"]["targetRefs"][number]) =>
    JSON.stringify([ref.group, ref.kind, ref.name, ref.sectionName ?? ""]);
  const taken = new Set(older.flatMap(({ object }) => object.spec.targetRefs.map(key)));
  const judged = judge(policy, cluster);
  if (!policy.object.spec.targetRefs.every((ref) => taken.has(key(ref)))) return judged;
  return { ...judged, accepted: no("Accepted", "Conflicted") };
}
