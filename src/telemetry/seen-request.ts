/**
 * A finished request as logs and traces tell of it: plain, bounded, redacted. Nothing in it belongs to the platform, so it
 * may outlive its request.
 */
import type { OutcomeClass } from "../core/outcome.ts";

export interface SeenRequest {
  /** As it came, at most 32 characters. */
  readonly method: string;
  /** "http" or "https". */
  readonly scheme: string;
  readonly host: string;
  /** 0 when it is not known. */
  readonly port: number;
  readonly path: string;
  /** Without "?", redacted; "" for none. */
  readonly query: string;
  /** "HTTP/2"; "" when it is not known. */
  readonly protocol: string;
  readonly userAgent: string;
  /** Redacted; "" for none. */
  readonly clientAddress: string;
  readonly requestId: string;
  /** Chosen fields that were there. */
  readonly requestHeaders: readonly (readonly [name: string, value: string])[];
  /** "" where no route matched. */
  readonly route: string;
  readonly rule: string;
  /** The pattern of the path that matched: "/cart/*"; "" for none. */
  readonly pathPattern: string;
  readonly service: string;
  /** The service that answered or was asked last. */
  readonly lastService: string;
  /** Whose answer was passed on; "" for none. */
  readonly endpoint: string;
  readonly rollout: string;
  readonly status: number;
  /** Response flags, "URX,UF"; "" for none. */
  readonly flags: string;
  /** Why the mesh refused it; "" when it did not. */
  readonly reason: string;
  readonly attempts: readonly { readonly endpoint: string; readonly outcome: OutcomeClass }[];
  readonly fallback: "" | "service" | "stale" | "response";
  readonly arrivedAtMs: number;
  readonly endedAtMs: number;
  /** Region of the edge; and the data centre, "" when the platform does not say. */
  readonly region: string;
  readonly colo: string;
  readonly meshVersion: string;
}

/** Longest text of each kind that is written down, in characters. */
export const LIMITS = { method: 32, host: 255, path: 1_024, query: 1_024, userAgent: 256, header: 256 } as const;
