/** Where endpoints are found while the mesh runs, as compiled: part of the mesh (mesh.ts); plain data, every default resolved. */
import type { Locality } from "./mesh.ts";

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

/** What found endpoints get where the source does not know better. */
export interface FoundDefaults {
  readonly weight: number;
  readonly priority: number;
  readonly locality: Locality;
  readonly labels: Readonly<Record<string, string>>;
}

export interface DnsSource extends FoundDefaults {
  readonly host: string;
  readonly type: "A" | "AAAA" | "SRV";
  /** With {host}, {address}, {dashed}, {target}, {port}. */
  readonly url: string;
  readonly resolver: string;
  readonly minTtlMs: number;
  readonly maxTtlMs: number;
}

export interface KubernetesSource extends FoundDefaults {
  /** Of Mesh.discovery. */
  readonly cluster: string;
  readonly namespace: string;
  readonly service: string;
  /** Name or number; null: the first of the slice. */
  readonly port: string | number | null;
  /** With {address}, {dashed}, {hostname}, {pod}, {node}, {zone}, {port}, {namespace}, {service}. */
  readonly url: string;
}

export interface MeshDiscovery {
  readonly clusters: readonly Cluster[];
  /** What URLs of found endpoints may have: plain http, private addresses, this machine. */
  readonly allow: readonly Allowed[];
}

export type Allowed = "http" | "private" | "loopback";

export interface Cluster {
  readonly name: string;
  readonly server: string;
  /** Name of the secret that holds the bearer token. */
  readonly token: string;
}
