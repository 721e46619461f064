/** Where endpoints are found while the mesh runs, as compiled: part of the mesh (mesh.ts); plain data, every default resolved. */

/** Name of the source that registered instances are. */
export const REGISTRATION = "registration";

export interface ServiceDiscovery {
  /** Null: instances cannot register themselves. */
  readonly registration: Registration | null;
  readonly dns: readonly DnsSource[];
  readonly kubernetes: readonly KubernetesSource[];
  /** Fewer available endpoints than this are never left by what sources lose, ≥ 1. */
  readonly minEndpoints: number;
  /** Of the most available endpoints within `removalWindowMs`, 0..100; more is not taken away by what sources lose. */
  readonly maxRemovalPercent: number;
  readonly removalWindowMs: number;
  /** What was lost takes nothing new for so long, and is then removed. */
  readonly drainMs: number;
  readonly damping: Damping;
  /** Services that are parts of this one: they have its endpoints with all of these labels. */
  readonly subsets: readonly { readonly service: string; readonly labels: Readonly<Record<string, string>> }[];
}

export interface Damping {
  /** More flaps than this, each counted half after `halfLifeMs`, keep an endpoint out until less than one is left; 0 off. */
  readonly flaps: number;
  readonly halfLifeMs: number;
}

export interface Registration {
  /** For instances that ask for none. Between the other two. */
  readonly ttlMs: number;
  readonly minTtlMs: number;
  readonly maxTtlMs: number;
  readonly priority: number;
  /** Null: none. */
  readonly challenge: Challenge | null;
}

export interface Challenge {
  /** Below the instance's URL. */
  readonly path: string;
  readonly answer: "nonce" | "hmac";
  readonly timeoutMs: number;
}

/** What found endpoints get. Places that are unknown are "". */
interface FoundDefaults {
  /** Unique among the service's sources; never REGISTRATION. */
  readonly name: string;
  /** > 0. */
  readonly weight: number;
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** One endpoint for each record of a name. src/discovery/dns says what each field means. */
export interface DnsSource extends FoundDefaults {
  readonly hostname: string;
  readonly type: "A" | "AAAA" | "address" | "SRV";
  /** With {variables}. */
  readonly url: string;
  readonly resolver: string;
  readonly minTtlMs: number;
  readonly maxTtlMs: number;
  readonly timeoutMs: number;
  readonly cloud: string;
  readonly region: string;
  readonly zone: string;
}

/** What a service takes from a cluster. src/discovery/kubernetes says what each field means. */
export interface KubernetesSource extends FoundDefaults {
  /** Of Mesh.discovery. */
  readonly cluster: string;
  readonly select: {
    readonly namespaces: readonly string[];
    readonly names: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
  };
  /** Name or number; "": the first. */
  readonly port: string;
  /** With {variables}. */
  readonly url: string;
}

export interface MeshDiscovery {
  readonly clusters: readonly ClusterSettings[];
  /** What URLs of found endpoints may have that is not safe by itself. */
  readonly allow: readonly Allowed[];
  /** Host names that the mesh answers, "*.example.com" for all below; not "*". */
  readonly self: readonly string[];
}

export type Allowed = "http" | "private" | "loopback" | "self";

/** A Kubernetes cluster that is watched. src/discovery/kubernetes says what each field means. */
export interface ClusterSettings {
  readonly name: string;
  /** Without a trailing slash. */
  readonly apiServer: string;
  /** Name of the secret that holds the bearer token. */
  readonly tokenSecret: string;
  /** "": the open Internet. */
  readonly binding: string;
  /** Empty: all of the cluster. */
  readonly namespaces: readonly string[];
  readonly cloud: string;
  readonly region: string;
  readonly pageSize: number;
  readonly watchMs: number;
  readonly answerMs: number;
}
