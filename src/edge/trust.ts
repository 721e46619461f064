/** Who a request may be from: what callers are allowed beyond being carried. */
import { overriddenTimeouts } from "../core/filter/timeout-overrides.ts";
import type { RequestPolicy, TimeoutOverrides } from "../core/mesh.ts";
import { ATTEMPT_TIMEOUT_HEADER, DEBUG_HEADER, REQUEST_TIMEOUT_HEADER } from "./control-headers.ts";
import type { Isolate } from "./isolate.ts";
import { isToken } from "./token.ts";

/** Whether the caller sent the debug token, or it is nobody's secret. Never throws. */
export function mayDebug(headers: Headers, isolate: Isolate): boolean {
  return isolate.dev || isToken(headers.get(DEBUG_HEADER), isolate.env.HEDDLE_DEBUG_TOKEN);
}

/** The policy with the time limits that the caller may ask for and does. Never throws. */
export function policyFor(
  headers: Headers,
  isolate: Isolate,
  policy: RequestPolicy,
  { from, maxMs }: TimeoutOverrides,
): RequestPolicy {
  const request = headers.get(REQUEST_TIMEOUT_HEADER);
  const attempt = headers.get(ATTEMPT_TIMEOUT_HEADER);
  if (request === null && attempt === null) return policy;
  if (from === "token" && !mayDebug(headers, isolate) && !isOperator(headers, isolate)) return policy;
  return overriddenTimeouts(policy, maxMs, request, attempt);
}

function isOperator(headers: Headers, isolate: Isolate): boolean {
  return isToken(headers.get(DEBUG_HEADER), isolate.env.HEDDLE_OPERATOR_TOKEN);
}

/**
 * The downstream's address: Cloudflare's word for it, which a caller cannot forge there; "" when nobody says.
 *
 * - `headers`: the request's, from whoever has looked at them.
 */
export function clientIpOf(request: Request, dev: boolean, headers = request.headers): string {
  if (!dev) return headers.get("cf-connecting-ip") ?? "";
  const told = (request.cf as { clientIp?: string } | undefined)?.clientIp ?? "";
  return told.slice(0, Math.max(0, told.lastIndexOf(":")));
}
