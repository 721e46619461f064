/** Why a cluster's answer is missing, and how long to leave its API server alone after it. */
import type { Rng } from "../../core/rng.ts";
import type { StreamKey } from "./inventory.ts";

export type Fault =
  | { readonly reason: "no_token"; readonly secret: string }
  | { readonly reason: "no_binding"; readonly binding: string }
  | { readonly reason: "refused_url"; readonly detail: string }
  | { readonly reason: "unauthorized"; readonly secret: string }
  /** `detail`: what the server says about it. */
  | { readonly reason: "forbidden"; readonly detail: string }
  | { readonly reason: "unknown_resource" }
  /** 410: the resource version is too old; a new list helps. */
  | { readonly reason: "gone" }
  /** 429, or 503 with Retry-After. 0: the server does not say how long. */
  | { readonly reason: "throttled"; readonly status: number; readonly retryAfterMs: number }
  | { readonly reason: "status"; readonly status: number; readonly detail: string }
  | { readonly reason: "unreachable"; readonly detail: string }
  | { readonly reason: "timeout"; readonly ms: number }
  | { readonly reason: "unintelligible"; readonly detail: string }
  | { readonly reason: "too_large"; readonly objects: number; readonly pods: number };

/** First wait, longest one, and how each grows: client-go's reflector (0.8 s, 30 s, doubled, up to twice that by jitter). */
const BASE_MS = 800;
const MAX_MS = 30_000;
/** What only a person can mend is asked for no more often. */
const MENDED_BY_HAND_MS = 15_000;
/** A server that asks for more is asked again after this all the same. */
const MAX_RETRY_AFTER_MS = 300_000;

/**
 * How long to wait before the next request.
 *
 * - `failures`: in a row, ≥ 1. One connection that breaks is met by a prompt second try.
 *
 * Never throws. Exponential with jitter; never less than the server's Retry-After.
 */
export function backoffMs(fault: Fault, failures: number, rng: Rng): number {
  // The list that this calls for is the remedy; only a server that says so again and again is left alone.
  if (fault.reason === "gone" && failures === 1) return 0;
  const grownMs = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(failures - 1, 10));
  const jitteredMs = grownMs * (0.5 + rng() * 0.5);
  switch (fault.reason) {
    case "throttled":
      // Jitter on top: many watchers are told the same number.
      return Math.max(jitteredMs, Math.min(MAX_RETRY_AFTER_MS, fault.retryAfterMs) * (1 + 0.1 * rng()));
    default:
      return isForPeople(fault) ? Math.max(jitteredMs, MENDED_BY_HAND_MS * (0.5 + rng() * 0.5)) : jitteredMs;
  }
}

const FOR_PEOPLE: readonly Fault["reason"][] = [
  "no_token",
  "no_binding",
  "refused_url",
  "unauthorized",
  "forbidden",
  "unknown_resource",
  "too_large",
];

/** Whether it stays until a person mends it. */
export function isForPeople({ reason }: Fault): boolean {
  return FOR_PEOPLE.includes(reason);
}

/** For people: what is wrong and, where that is known, what to do. Holds no token. */
export function describeFault(fault: Fault, { resource, namespace }: StreamKey): string {
  const what = namespace === "" ? resource : `${resource} in ${namespace}`;
  switch (fault.reason) {
    case "no_token":
      return `the secret ${fault.secret} is not set: \`wrangler secret put ${fault.secret} -c workers/control/wrangler.toml\``;
    case "no_binding":
      return `the control Worker has no binding ${fault.binding}`;
    case "refused_url":
      return `apiServer ${fault.detail}`;
    case "unauthorized":
      return `401: the API server does not accept the token in ${fault.secret}`;
    case "forbidden":
      return `403: the token may not list and watch ${what}${fault.detail === "" ? "" : ` (${fault.detail})`}`;
    case "unknown_resource":
      return `404: the API server has no ${what}; Kubernetes 1.21 or later does, under the right base path`;
    case "gone":
      return `410: the resource version of ${what} is too old; listing anew`;
    case "throttled":
      return `${fault.status}: the API server asks for less`;
    case "status":
      return `${fault.status} for ${what}${fault.detail === "" ? "" : `: ${fault.detail}`}`;
    case "unreachable":
      return `no connection for ${what}: ${fault.detail}`;
    case "timeout":
      return `no answer for ${what} in ${fault.ms} ms`;
    case "unintelligible":
      return `no answer that Kubernetes would give for ${what}: ${fault.detail}`;
    case "too_large":
      return `more than ${fault.objects} ${what}, or ${fault.pods} pods in them: name the namespaces to watch`;
  }
}
