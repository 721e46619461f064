/** Answers that filters give by themselves, and what filters change of any answer. */
import {
  CORS_ANSWER_HEADERS,
  isSameForAll,
  originHeaders,
  type Preflight,
  preflightHeaders,
} from "../../core/filter/cors.ts";
import { modifyHeaders } from "../../core/filter/modify-headers.ts";
import { redirectLocation } from "../../core/filter/redirect-location.ts";
import { addSecurityHeaders } from "../../core/filter/security-headers.ts";
import type { CorsPolicy, DirectResponse, Redirect } from "../../core/mesh.ts";
import type { Arrived } from "../arrived.ts";
import { copyOf } from "../copy-response.ts";
import type { FilterChain } from "./chain.ts";

/** The answer of a redirect or a direct response. Never throws. */
export function ownAnswer(arrived: Arrived, answer: Redirect | DirectResponse): Response {
  switch (answer.type) {
    case "redirect": {
      const { address, matched } = arrived;
      const { scheme, host, path, query } = address;
      const port = matched.listener.port === 0 ? address.port : matched.listener.port;
      const from = { scheme, host: host ?? "", port, path, query, matched: matched.match.path };
      const headers = { location: redirectLocation(answer, from) };
      return new Response(null, { status: answer.statusCode, headers });
    }
    case "response": {
      const { status, body } = answer;
      const isBodiless = arrived.request.method === "HEAD" || status === 204 || status === 205 || status === 304;
      const headers = new Headers(answer.headers as [string, string][]);
      return new Response(isBodiless ? null : body, { status, headers });
    }
  }
}

/** The answer to a preflight. Never throws. */
export function preflightAnswer(policy: CorsPolicy, preflight: Preflight): Response {
  return new Response(null, { status: 204, headers: preflightHeaders(policy, preflight) as [string, string][] });
}

/** Whether the filters change answers at all. Those they do not change are passed on untouched. */
export function changesAnswers({ rule, backend }: FilterChain): boolean {
  return (
    (rule !== null && (rule.responseHeaders !== null || rule.cors !== null || rule.securityHeaders !== undefined)) ||
    (backend !== null && (backend.responseHeaders !== null || backend.securityHeaders !== undefined))
  );
}

/**
 * The answer with what the filters say of it: an endpoint's, a fallback's or the mesh's own. A WebSocket stays one.
 *
 * Never throws. One copy of the headers; the body is not touched.
 */
export function withFilters({ rule, backend }: FilterChain, request: Request, response: Response): Response {
  const own = copyOf(response);
  if (rule?.cors != null) shareWith(rule.cors, request.headers.get("origin"), own.headers);
  // A backend's take the place of the rule's; header modifiers have the last word.
  const security = backend?.securityHeaders ?? rule?.securityHeaders;
  if (security !== undefined) addSecurityHeaders(own.headers, security, request.url.startsWith("https:"));
  if (rule?.responseHeaders != null) modifyHeaders(own.headers, rule.responseHeaders);
  if (backend?.responseHeaders != null) modifyHeaders(own.headers, backend.responseHeaders);
  return own;
}

/** Says which pages may read the answer; what the endpoint says of that is dropped. */
function shareWith(policy: CorsPolicy, origin: string | null, headers: Headers): void {
  for (const name of CORS_ANSWER_HEADERS) headers.delete(name);
  for (const [name, value] of originHeaders(policy, origin)) headers.set(name, value);
  if (!isSameForAll(policy)) headers.append("vary", "Origin");
}
