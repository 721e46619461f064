/**
 * One operation of the API: what it is called, who may use it, what it takes and gives. The OpenAPI document and the checks
 * come from the same words.
 */
import { createRoute, type OpenAPIHono, type RouteConfig, type RouteHandler, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { authorize, type Needs } from "../access/authorize.ts";
import type { ApiContext, ControlContext } from "../context.ts";
import { once } from "./idempotency.ts";
import { PROBLEMS, type ProblemKind } from "./problem.ts";
import { type BodyRules, readBody, SMALL_JSON } from "./read-body.ts";

export type Api = OpenAPIHono<ControlContext>;

export interface OperationExtras {
  readonly needs: Needs;
  /** Problems beside those that every operation has. */
  readonly problems?: readonly ProblemKind[];
  /** Default: small JSON, where the route takes a body. */
  readonly body?: BodyRules;
  /** Done twice it is the same as once, and often: no Idempotency-Key is looked at. Default false. */
  readonly repeatable?: boolean;
}

type Given = Omit<RouteConfig, "middleware" | "hide"> & OperationExtras;

const faultSchema = z.object({
  path: z.string(),
  message: z.string(),
  line: z.number().optional(),
  column: z.number().optional(),
  suggestion: z.string().optional(),
});

/** RFC 9457. */
const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    instance: z.string(),
    faults: z.array(faultSchema).optional(),
  })
  .openapi("Problem");

/** The handler's context, with what it takes already checked. */
type ContextOf<R extends RouteConfig> = Parameters<RouteHandler<R, ControlContext>>[0];

/** Adds an operation to the API. */
export function operation<const R extends Given>(
  api: Api,
  given: R,
  handler: (context: ContextOf<R>) => Promise<Response> | Response,
): void {
  const { needs, problems = [], body, repeatable = false, ...config } = given;
  const takesBody = config.request?.body !== undefined;
  const changes = config.method === "post" || config.method === "put";
  const rules = body ?? SMALL_JSON;
  const middleware: MiddlewareHandler<ControlContext>[] = [authorize(needs)];
  if (takesBody) middleware.push(readBody(rules));
  const kinds = new Set<ProblemKind>([
    "malformed-request",
    "unauthorized",
    "forbidden",
    "too-many-requests",
    "unavailable",
  ]);
  if (takesBody)
    for (const kind of ["too-large", "unsupported-media-type", "invalid-content"] as const) kinds.add(kind);
  if (changes) kinds.add("conflict");
  for (const kind of problems) kinds.add(kind);
  const responses: RouteConfig["responses"] = { ...config.responses };
  for (const kind of kinds) {
    const [status, title] = PROBLEMS[kind];
    responses[status] = { description: title, content: { "application/problem+json": { schema: problemSchema } } };
  }
  const route = createRoute({ ...(config as RouteConfig), security: [{ bearer: [] }], responses, middleware });
  const run = (context: ApiContext) => {
    const answer = () => Promise.resolve(handler(context as unknown as ContextOf<R>));
    const answered = changes && !repeatable ? once(context, answer) : answer();
    // The platform ends what a caller has left behind. A change and its entry in the audit log stay together all the same.
    if (config.method !== "get") context.executionCtx.waitUntil(answered.catch(() => null));
    return answered;
  };
  api.openapi(route, run as unknown as RouteHandler<typeof route, ControlContext>);
}

/** A JSON answer for the document. */
export function json<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { "application/json": { schema } } };
}

/** A JSON body that has to be there. */
export function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true as const, content: { "application/json": { schema } } };
}
