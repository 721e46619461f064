/** A test of the suite as data. The format is described in data/README.md. */
import type { KubernetesObject } from "./cluster/cluster.ts";

export interface TestFile {
  readonly suite: {
    readonly repo: string;
    readonly commit?: string;
    readonly source: string;
    readonly license: string;
  };
  readonly area: "gateway" | "mesh";
  readonly test: {
    readonly shortName: string;
    readonly description: string;
    readonly features: readonly string[];
    readonly conformance: "core" | "extended";
  };
  readonly base: string;
  readonly manifests: readonly { readonly documents: readonly KubernetesObject[] }[];
  readonly runnable: string;
  readonly cases: readonly ConformanceCase[];
  readonly status: readonly StatusCheck[];
}

export interface ConformanceCase {
  readonly id: string;
  readonly name: string;
  readonly kind:
    | "roundtrip"
    | "failure"
    | "distribution"
    | "mirror-distribution"
    | "repeat"
    | "websocket"
    | "mesh-roundtrip"
    | "control-plane"
    /** Of our own cases: requests of one session go to one pod, others to all. */
    | "session";
  readonly gateway?: { readonly namespace: string; readonly name: string; readonly listeners: readonly string[] };
  readonly meshClient?: { readonly app: string; readonly namespace: string };
  readonly before?: readonly {
    readonly delete: { readonly kind: string; readonly namespace: string; readonly name: string };
  }[];
  readonly requires: readonly string[];
  readonly request: CaseRequest;
  readonly repeat?: number;
  readonly expect: CaseExpectation;
}

export interface CaseRequest {
  readonly method: string;
  readonly scheme: string;
  /** "" is the gateway's own address. */
  readonly host: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly protocol?: string;
  readonly sni?: string;
  readonly addQueryParam?: Readonly<Record<string, string>>;
}

export interface CaseExpectation {
  readonly statusCodes?: readonly number[];
  readonly not?: { readonly statusCodes: readonly number[] };
  readonly backend?: ExpectedBackend;
  readonly headers?: Readonly<Record<string, string>>;
  readonly headerOneOf?: Readonly<Record<string, readonly string[]>>;
  readonly absentHeaders?: readonly string[];
  readonly ignoreWhitespaceInHeaders?: boolean;
  readonly redirect?: {
    readonly scheme?: string | null;
    readonly host?: string | null;
    readonly port?: string | null;
    readonly path?: string | null;
  };
  readonly mirroredTo?: readonly { readonly name: string; readonly namespace: string; readonly percent?: number }[];
  readonly distribution?: {
    readonly backendShare: Readonly<Record<string, number>>;
    readonly totalRequests: number;
    readonly concurrency: number;
    readonly absoluteTolerance: number;
    readonly attempts: number;
  };
  readonly mirrorDistribution?: {
    readonly totalRequests: number;
    readonly concurrency: number;
    readonly toleranceStdDevs: number;
    readonly attempts: number;
  };
  readonly backendHeaderEqualsPodPrefix?: string;
  readonly session?: { readonly cookie?: string; readonly maxAgeSeconds?: number; readonly header?: string };
  readonly echo?: readonly ({ readonly text: string } | { readonly binaryBase64: string })[];
}

export interface ExpectedBackend {
  readonly path?: string;
  readonly host?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly absentHeaders?: readonly string[];
  readonly namespace?: string;
  readonly podPrefix?: string;
  readonly sni?: string;
}

export interface StatusCheck {
  readonly subtest?: readonly string[];
  readonly check: string;
  readonly object?: string;
  readonly status?: string;
  readonly routes?: readonly ObjectName[];
  readonly gateway?: ObjectName;
  readonly objects?: readonly ObjectName[];
  readonly conditions?: readonly ExpectedCondition[];
  readonly values?: readonly unknown[];
  readonly count?: number;
}

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export interface ExpectedCondition {
  readonly Type: string;
  readonly Status: string;
  readonly Reason?: string;
}
