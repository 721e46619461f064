/** What the registry of a service asks of a watched cluster, checked: it may come from another version of this code. */
import {
  BINDING_PATTERN,
  type ClusterSettings,
  type KubernetesSource,
  TOKEN_SECRET_PATTERN,
} from "../../src/discovery/kubernetes/settings.ts";
import { ALLOWANCES, type Allowance, type EndpointUrlPolicy } from "../../src/security/endpoint-url.ts";

/** The cluster as its mesh has it, and where its API server may be. */
export interface Watched {
  readonly cluster: ClusterSettings;
  readonly policy: EndpointUrlPolicy;
  /** When that mesh was compiled, epoch: of two that differ the later one is in force. */
  readonly compiledAtMs: number;
}

export interface FollowRequest extends Watched {
  /** Whose registry is told. */
  readonly service: string;
  /** What the service takes from the cluster; none ends it. */
  readonly sources: readonly KubernetesSource[];
}

/** A service that follows. */
export interface Follower {
  readonly sources: readonly KubernetesSource[];
  /** Epoch; it has to ask again before. */
  readonly untilMs: number;
}

const MAX_SOURCES = 16;
const MAX_NAMESPACES = 32;

/** The request, or what is wrong with it. Never throws. */
export function checkFollow(value: unknown): FollowRequest | string {
  if (!isRecord(value)) return "is no object";
  const { service, cluster, policy, sources, compiledAtMs } = value;
  if (typeof service !== "string" || service === "" || service.length > 253) return "service is no name";
  if (!isRecord(cluster) || !isCluster(cluster)) return "cluster is none";
  const allow = isRecord(policy) && Array.isArray(policy.allow) ? policy.allow : null;
  if (allow === null || !allow.every((one): one is Allowance => ALLOWANCES.includes(one))) return "policy is none";
  const self =
    isRecord(policy) && Array.isArray(policy.self) ? policy.self.filter((one) => typeof one === "string") : [];
  if (typeof compiledAtMs !== "number" || !(compiledAtMs >= 0)) return "compiledAtMs is no time";
  if (!Array.isArray(sources) || sources.length > MAX_SOURCES || !sources.every(isSource)) return "sources are none";
  if (sources.some((source) => source.cluster !== cluster.name)) return "a source is of another cluster";
  return { service, cluster, policy: { allow, self }, compiledAtMs, sources };
}

function isCluster(value: Record<string, unknown>): value is Record<string, unknown> & ClusterSettings {
  const { name, apiServer, tokenSecret, binding, namespaces, cloud, region, pageSize, watchMs, answerMs } = value;
  return (
    [name, apiServer, tokenSecret, binding, cloud, region].every(isText) &&
    TOKEN_SECRET_PATTERN.test(tokenSecret as string) &&
    BINDING_PATTERN.test(binding as string) &&
    URL.canParse(apiServer as string) &&
    isTexts(namespaces) &&
    namespaces.length <= MAX_NAMESPACES &&
    [pageSize, watchMs, answerMs].every((number) => typeof number === "number" && number > 0 && number <= 600_000)
  );
}

function isSource(value: unknown): value is KubernetesSource {
  if (!isRecord(value) || !isRecord(value.select)) return false;
  const { name, cluster, port, url, weight, priority, labels, select } = value;
  return (
    [name, cluster, port, url].every(isText) &&
    typeof weight === "number" &&
    weight > 0 &&
    Number.isInteger(priority) &&
    isLabels(labels) &&
    isTexts(select.namespaces) &&
    isTexts(select.names) &&
    isLabels(select.labels)
  );
}

const isText = (value: unknown): value is string => typeof value === "string" && value.length <= 2_048;
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
const isLabels = (value: unknown) => isRecord(value) && Object.values(value).every(isText);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
