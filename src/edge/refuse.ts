/**
 * Answers that the mesh itself gives: problem+json (RFC 9457) with a request id and a response flag, and nothing of
 * what lies behind. The evidence goes to the log.
 */
import type { BoundName } from "../core/limit/bounds.ts";
import type { Refusal, ResponseFlag } from "../core/refusal.ts";

export const FLAGS_HEADER = "x-heddle-flags";

interface Answer {
  readonly status: number;
  readonly flag: ResponseFlag;
  readonly title: string;
  readonly retryAfterMs?: number;
  /** Of the problem, where it is a registered one. Default about:blank. */
  readonly type?: string;
  /** What a problem of that type says beside the usual. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Source: draft-ietf-httpapi-ratelimit-headers-09, problem types. */
const QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded";

/** What the downstream is told of a refusal. */
export function answerTo(refusal: Refusal): Answer {
  switch (refusal.reason) {
    case "bad_authority":
      return { status: 400, flag: "DPE", title: "The host of this request is not one" };
    case "no_route":
      return { status: 404, flag: "NR", title: "No route matches this request" };
    case "method_not_carried":
      return { status: 501, flag: "DPE", title: "The method is not carried" };
    case "unexpected_body":
      return { status: 400, flag: "DPE", title: "A request like this has no body" };
    case "unexpected_upgrade":
      return { status: 400, flag: "DPE", title: "A WebSocket is asked for by GET" };
    case "body_broken_off":
      return { status: 400, flag: "DC", title: "The body of the request broke off" };
    case "no_backend":
      return { status: 500, flag: "NR", title: "The route has no backend" };
    case "invalid_backend":
      return { status: 500, flag: "NR", title: "The backend of the route cannot be used" };
    case "fault":
      return { status: refusal.status, flag: "FI", title: "A fault was injected" };
    case "filter_failed":
      return { status: 500, flag: "FE", title: "A filter failed" };
    case "unauthenticated":
      return { status: 401, flag: "UAEX", title: "The request is not authenticated" };
    case "denied":
      return { status: refusal.status, flag: "UAEX", title: "The request is not allowed" };
    case "forbidden":
      return { status: 403, flag: "UAEX", title: "The request is not allowed" };
    case "authentication_unavailable":
      return {
        status: 503,
        flag: "UAEX",
        title: "The request cannot be authenticated now",
        retryAfterMs: refusal.retryAfterMs,
      };
    case "authentication_busy":
      return { status: 429, flag: "RL", title: "Too many passwords are tried", retryAfterMs: refusal.retryAfterMs };
    case "out_of_bounds":
      return outOfBounds(refusal.bound);
    case "rate_limited":
      return {
        status: 429,
        flag: "RL",
        title: "Too many requests",
        retryAfterMs: refusal.retryAfterMs,
        type: QUOTA_EXCEEDED,
        ...(refusal.isTold && { members: { "violated-policies": [refusal.limit] } }),
      };
    case "rate_limit_unavailable":
      return {
        status: 503,
        flag: "RL",
        title: "The rate limit cannot be asked now",
        retryAfterMs: refusal.retryAfterMs,
      };
    case "body_too_large":
      return { status: 413, flag: "UAEX", title: "The body is too large" };
    case "no_room_for_body":
      return { status: 503, flag: "UO", title: "Too many bodies at once", retryAfterMs: refusal.retryAfterMs };
    case "body_not_signable":
      return { status: 413, flag: "DPE", title: "The body is too large to be signed" };
    case "not_sent":
      return { status: 503, flag: "UF", title: "The upstream could not be reached" };
    case "no_healthy_endpoint":
      return { status: 503, flag: "UH", title: "No healthy upstream" };
    case "overflow":
      return { status: 503, flag: "UO", title: "Too many requests in flight", retryAfterMs: refusal.retryAfterMs };
    case "shed":
      return { status: 503, flag: "UO", title: "Overloaded", retryAfterMs: refusal.retryAfterMs };
    case "request_timeout":
      return { status: 504, flag: "UT", title: "The request timed out" };
    case "upstream_timeout":
      return { status: 504, flag: "UT", title: "The upstream did not answer in time" };
    case "upstream_connect_failure":
      return { status: 503, flag: "UF", title: "The upstream could not be reached" };
    case "upstream_reset":
      return { status: 502, flag: "UC", title: "The upstream broke the connection" };
    case "loop":
      return { status: 508, flag: "LR", title: "The request passed this mesh too often" };
  }
}

function outOfBounds(bound: BoundName): Answer {
  switch (bound) {
    case "method":
      return { status: 405, flag: "DPE", title: "The method is not allowed" };
    case "urlLength":
      return { status: 414, flag: "DPE", title: "The URL is too long" };
    case "headers":
    case "headerBytes":
      return { status: 431, flag: "DPE", title: "The headers are too large" };
    case "headerName":
      return { status: 400, flag: "DPE", title: "The name of a header can be read in two ways" };
    case "bodyBytes":
      return { status: 413, flag: "DPE", title: "The body is too large" };
    case "bodyPace":
      return { status: 408, flag: "DPE", title: "The body came too slowly" };
    case "ambiguousPath":
      return { status: 400, flag: "DPE", title: "The path can be read in several ways" };
    case "path":
    case "userAgent":
    case "bot":
      return { status: 403, flag: "UAEX", title: "The request is not allowed" };
  }
}

/**
 * Builds the answer. `exhausted` says that retries were used up, which adds the flag URX.
 *
 * Never throws.
 */
export function refuse(refusal: Refusal, requestId: string, exhausted: boolean): Response {
  const { status, flag, title, retryAfterMs, type = "about:blank", members } = answerTo(refusal);
  const flags = exhausted ? `URX,${flag}` : flag;
  const headers = new Headers({
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "x-request-id": requestId,
    [FLAGS_HEADER]: flags,
  });
  if (retryAfterMs !== undefined) headers.set("retry-after", String(Math.max(1, Math.ceil(retryAfterMs / 1_000))));
  const problem = { type, title, status, flag: flags, requestId, ...members };
  return new Response(JSON.stringify(problem), { status, headers });
}
