/**
 * The compiled settings of Kubernetes discovery: plain data, every default resolved, durations in milliseconds. A cluster
 * belongs to the mesh (`discovery.clusters.NAME`), a source to a service (`services.X.discovery.kubernetes[]`).
 */

/** One cluster whose API server is watched. */
export interface ClusterSettings {
  /** As the config calls it; {cluster} in URL templates. */
  readonly name: string;
  /** Its API server: https, with a base path if there is one, without a trailing slash. */
  readonly apiServer: string;
  /**
   * Name of the control Worker's secret that holds the bearer token; matches TOKEN_SECRET_PATTERN, so that a config can not
   * send any other secret away. Default CLUSTER_TOKEN_ and the name in capitals, "_" for what is neither letter nor digit.
   */
  readonly tokenSecret: string;
  /**
   * Binding of the control Worker to fetch through, such as a VPC service, for API servers with a private address or a
   * certificate of the cluster's own authority; matches BINDING_PATTERN. "": the open Internet. Default "".
   */
  readonly binding: string;
  /** Watched one by one, with a token that may read no others. Empty: all of the cluster, by one watch. Default []. At most 32. */
  readonly namespaces: readonly string[];
  /** Where its nodes are; zones come from the slices. Default "". */
  readonly cloud: string;
  readonly region: string;
  /** Objects per page of a list, 1..1000. Default 500 (client-go). */
  readonly pageSize: number;
  /** Length of one watch, 10 s .. 5 min. Default 4 min: an alarm may run for 15. */
  readonly watchMs: number;
  /** To the headers of an answer, 1 s .. 60 s. Default 10 s. */
  readonly answerMs: number;
}

/** What a service takes from a cluster. */
export interface KubernetesSource {
  /** Unique among the service's sources; see src/discovery/source.ts. */
  readonly name: string;
  /** Name of a cluster of the mesh. */
  readonly cluster: string;
  readonly select: ServiceSelector;
  /** Port of the Services, by name or number. "": their only one, or the first. Default "". */
  readonly port: string;
  /**
   * Where endpoints are reached. What the template varies by says how many there are: {address}, {targetPort} or {pod}: one
   * for each pod; {node}, {zone}: one for each of those with pods; {ingress}, {externalIP}: one for each of the load
   * balancer's addresses; otherwise one for each Service. Also {service}, {namespace}, {cluster}, {port}, {nodePort}.
   * E.g. "https://{service}.{namespace}.{cluster}.example.com", "https://{ingress}:{port}". Required; KUBERNETES_VARIABLES.
   */
  readonly url: string;
  /** Of one pod; where one URL stands for several, times the pods that are ready. > 0. Default 1. */
  readonly weight: number;
  /** Default 0. */
  readonly priority: number;
  /** Set on each endpoint. Default {}. */
  readonly labels: Readonly<Record<string, string>>;
}

/** All of what is stated must hold; what is empty holds for every Service. */
export interface ServiceSelector {
  readonly namespaces: readonly string[];
  readonly names: readonly string[];
  /** Equal labels of the Service. */
  readonly labels: Readonly<Record<string, string>>;
}

export const TOKEN_SECRET_PATTERN = /^CLUSTER_TOKEN_[A-Z0-9_]{1,64}$/;
export const BINDING_PATTERN = /^(|CLUSTER_[A-Z0-9_]{1,64})$/;

/** Variables of KubernetesSource.url. */
export const KUBERNETES_VARIABLES = [
  "service",
  "namespace",
  "cluster",
  "port",
  "nodePort",
  "ingress",
  "externalIP",
  "node",
  "zone",
  "address",
  "targetPort",
  "pod",
] as const;
