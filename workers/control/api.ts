/** The admin API, put together. Nothing answers without a token, but for GET /livez. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import { authenticate } from "./access/authenticate.ts";
import type { ApiContext, ControlContext } from "./context.ts";
import { Unreachable } from "./http/ask.ts";
import { withEntityTag } from "./http/entity-tag.ts";
import { faultsOf } from "./http/faults.ts";
import { withHeaders } from "./http/headers.ts";
import { kindOf, problem } from "./http/problem.ts";
import { wakeIfDue } from "./live/watchdog.ts";
import { addMetrics } from "./metrics.ts";
import { addResources } from "./resources/resources.ts";

export const api = new OpenAPIHono<ControlContext>({
  strict: false,
  defaultHook: (result, context) => {
    if (result.success) return undefined;
    const isBody = result.target === "json";
    const detail = isBody
      ? "the body has faults"
      : `the ${result.target === "param" ? "path" : result.target} has faults`;
    return problem(context, isBody ? "invalid-content" : "malformed-request", detail, {
      faults: faultsOf(result.error),
    });
  },
});

api.use(withHeaders);
api.get("/livez", (context) => context.json({ live: true }));
api.use(authenticate);
api.use(methodNotAllowed({ app: api, onMethodNotAllowed: notAllowed }));
api.use(async (context, next) => {
  const woken = wakeIfDue(context.env, context.get("nowMs"));
  if (woken !== null) context.executionCtx.waitUntil(woken);
  return next();
});
// Before entity tags: it is never the same twice.
addMetrics(api);
api.use(withEntityTag);
addResources(api);

api.notFound((context) => problem(context, "not-found", "no operation has this path"));

api.onError((error, context) => {
  if (error instanceof HTTPException) {
    const kind = kindOf(error.status);
    return problem(context, kind, kind === "malformed-request" ? "the body is not JSON" : "the request cannot be used");
  }
  const requestId = context.get("requestId");
  const isExpected = error instanceof Unreachable;
  const { cause, stack } = error;
  console.error(
    JSON.stringify({ event: "request_failed", requestId, error: String(error), cause: String(cause), stack }),
  );
  return isExpected
    ? problem(context, "unavailable", `${error.what} cannot be reached; traffic goes on without it`, {
        headers: { "retry-after": "5" },
      })
    : problem(context, "internal", "the request id finds it in the Worker's log");
});

function notAllowed(context: ApiContext, methods: readonly string[]): Response {
  const allow = methods.join(", ");
  return problem(context, "method-not-allowed", `use ${allow}`, { headers: { allow } });
}
