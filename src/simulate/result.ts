/** What a simulated game day showed. Plain data: the tables, the JSON and the report are made from it alone. */
import type { Scenario } from "./scenario.ts";

/** Users' requests that began in a stretch of time. Times in ms; NaN where there were no requests. */
export interface WindowSummary {
  readonly fromMs: number;
  readonly toMs: number;
  readonly requests: number;
  /** 0..1: answered below 500, retries and fallbacks included. */
  readonly success: number;
  /** 0..1: answered well within the objective (`sloMs`). */
  readonly withinSlo: number;
  /** Of successful requests, from the first byte of the request to the answer, retries included. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** Attempts beyond the first, per request. */
  readonly retriesPerRequest: number;
  /** 0..1: refused by the mesh to spare its origins. */
  readonly shed: number;
}

/** One endpoint over the run. */
export interface EndpointSummary {
  readonly id: string;
  readonly service: string;
  readonly cloud: string;
  readonly region: string;
  /** Whether a fault of the scenario hit it. */
  readonly isFaulty: boolean;
  /** 0..1 of its service's first attempts, before, during and after the faults. */
  readonly share: { readonly before: number; readonly during: number; readonly after: number };
  /** Busy servers / servers, mean over the whole run. */
  readonly utilisation: number;
}

/** Columns of equal length, one entry a bucket. */
export interface Timeline {
  readonly bucketMs: number;
  /** Start of each bucket, from the end of the warm-up. */
  readonly atMs: readonly number[];
  readonly requests: readonly number[];
  readonly failed: readonly number[];
  readonly retries: readonly number[];
  readonly shed: readonly number[];
  readonly p50Ms: readonly number[];
  readonly p90Ms: readonly number[];
  readonly p99Ms: readonly number[];
  /** First attempts by endpoint (outer: endpoint, in the order of `endpoints`). */
  readonly attempts: readonly (readonly number[])[];
}

/** A change of an endpoint's breaker or health as the state plane decided it. */
export interface Transition {
  readonly atMs: number;
  readonly endpoint: string;
  /** The region whose object decided; "root" for all. */
  readonly scope: string;
  readonly to: "closed" | "open" | "half-open" | "unhealthy" | "healthy" | "degrading" | "recovered" | "saturating";
  readonly cause: string;
}

export interface SimulationResult {
  readonly scenario: Scenario;
  readonly policy: string;
  readonly seed: number;
  readonly sloMs: number;
  /** Simulated time without the warm-up. */
  readonly durationMs: number;
  readonly windows: {
    readonly before: WindowSummary;
    /** From the first fault's start to the last one's end, and 5 s more. */
    readonly during: WindowSummary;
    readonly after: WindowSummary;
    readonly whole: WindowSummary;
  };
  /** From the first fault until the faulty endpoints' share of first attempts is below a tenth of what it was; null: never, or no endpoint was faulty. */
  readonly detectMs: number | null;
  /** From the last fault's end until success and the faulty endpoints' share are back (99 %, one half); null: never. */
  readonly recoverMs: number | null;
  readonly endpoints: readonly EndpointSummary[];
  readonly timeline: Timeline;
  readonly transitions: readonly Transition[];
  /** Calls of isolates to the state plane, and of regional objects to the root. */
  readonly syncs: number;
  readonly exchanges: number;
  /** Estimated platform cost per million edge requests, US dollars, from the published prices. */
  readonly costPerMillion: number;
  /** Wall time it took, and simulated requests per second of it; for people, not for comparison. */
  readonly wallMs: number;
  readonly requestsPerWallSecond: number;
}
