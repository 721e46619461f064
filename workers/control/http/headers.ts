/** What every answer carries: an id to ask about it with, and how browsers are to treat it. */
import type { MiddlewareHandler } from "hono";
import type { ControlContext } from "../context.ts";

/** No script, no frame, no other origin. The reference page adds its own style. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const SECURITY_HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "private, no-store",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

/** Gives the request its id and time, and the answer its headers; those that a route has set stay. */
export const withHeaders: MiddlewareHandler<ControlContext> = async (context, next) => {
  const requestId = crypto.randomUUID();
  context.set("requestId", requestId);
  context.set("nowMs", Date.now());
  await next();
  // An upgraded connection has no answer that headers would be for.
  if (context.res.status === 101) return;
  const headers = new Headers(context.res.headers);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!headers.has(name)) headers.set(name, value);
  headers.set("x-request-id", requestId);
  const { status, body } = context.res;
  // Assigning to context.res would merge the headers of both.
  context.res = undefined;
  context.res = new Response(body, { status, headers });
};
