/**
 * The mesh as a part of a Worker: a whole one, a middleware of a Hono app, or a handler of an itty-router app.
 *
 *     import { heddle } from "heddle";
 *     import mesh from "heddle:mesh"; // an alias in wrangler.toml for what `heddle compile` made
 *
 *     export * from "heddle/objects";
 *     export default heddle({ mesh });
 *
 * What an isolate knows is opened with its first request and lives as long as the isolate. It begins with the bundled mesh, or
 * with a later one that its data centre has; the look for that keeps the first requests waiting for `coldWait` at most.
 */
import { MESH_FORMAT, type Mesh } from "../core/mesh.ts";
import { isRegion } from "../core/region.ts";
import { regionOf } from "../core/region-of.ts";
import type { Environment } from "../edge/environment.ts";
import { createExtensions, type Registrations } from "../edge/extension/extensions.ts";
import { handleRequest, routeRequest } from "../edge/handle.ts";
import { createIsolate, type Isolate } from "../edge/isolate.ts";
import { startFromColo } from "../edge/mesh/load.ts";
import { INTERNAL_PREFIX, internal } from "./internal.ts";

export interface HeddleOptions extends Registrations {
  /** As `heddle compile` makes it; a JSON module will do, whose types are wider than its values. */
  readonly mesh: Mesh | CompiledJson;
  /** Whether /.heddle/ is answered: readiness to all, the rest to holders of a token. Default true. */
  readonly internal?: boolean;
}

/** A compiled mesh, as the type of a JSON module tells it. */
export interface CompiledJson {
  readonly format: number;
  readonly version: string;
  readonly compiledAtMs: number;
}

/** The part of Hono's context that is used. */
export interface HonoContext {
  readonly req: { readonly raw: Request };
  readonly env: unknown;
  readonly executionCtx: { waitUntil(promise: Promise<unknown>): void };
}

export interface Heddle {
  /** A whole Worker: what no route matches is 404. */
  fetch(request: Request, env?: unknown, ctx?: unknown): Response | Promise<Response>;
  /** For itty-router: what no route matches is left to the handlers behind it. */
  readonly handler: (
    request: Request,
    env?: unknown,
    ctx?: unknown,
  ) => Response | Promise<Response | undefined> | undefined;
  /** For Hono: what no route matches is left to the handlers behind it. */
  readonly middleware: (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>;
}

const NO_CONTEXT = "the execution context is missing: pass on what the Worker's fetch got as its third argument";

/**
 * Makes the mesh of a Worker. Throws for a mesh of another format. The first request rejects when the mesh names what is
 * not registered here, or when the execution context was not passed on: a deployment that cannot do its work should not
 * look well.
 */
export function heddle(options: HeddleOptions): Heddle {
  const mesh = options.mesh as Mesh;
  if (mesh.format !== MESH_FORMAT) {
    throw new Error(
      `the mesh has format ${mesh.format}, and this version of heddle runs ${MESH_FORMAT}: compile it again`,
    );
  }
  const extensions = createExtensions(options);
  const internalPath = options.internal === false ? null : INTERNAL_PREFIX;
  let isolate: Isolate | undefined;
  /** Opened, and still looking for a later mesh. */
  let cold: Isolate | undefined;

  /** Opens the isolate, and waits on this request's own timer. A failure is the first request's, and every other's. */
  async function opened(request: Request, env: unknown, ctx: unknown): Promise<Isolate> {
    if (typeof (ctx as Partial<ExecutionContext> | undefined)?.waitUntil !== "function") throw new Error(NO_CONTEXT);
    if (cold === undefined) {
      const opening = open(mesh, request, (env ?? {}) as Environment, extensions);
      cold = opening;
      (ctx as ExecutionContext).waitUntil(startFromColo(opening).then(() => ready(opening)));
    }
    const untilMs = Date.now() + (cold.env.MESH_CONFIG === undefined ? 0 : mesh.edge.coldWaitMs);
    while (isolate === undefined && Date.now() < untilMs) await scheduler.wait(1);
    return ready(cold);
  }

  function ready(own: Isolate): Isolate {
    isolate = own;
    return own;
  }

  function internally(request: Request, url: string, own: Isolate, ctx: ExecutionContext): Promise<Response> | null {
    return internalPath !== null && url.includes(internalPath) ? internal(request, url, own, ctx) : null;
  }

  function whole(request: Request, own: Isolate, ctx: ExecutionContext): Response | Promise<Response> {
    const { url } = request;
    return internally(request, url, own, ctx) ?? handleRequest(request, url, own, ctx);
  }

  function part(request: Request, own: Isolate, ctx: ExecutionContext): Response | Promise<Response> | undefined {
    const { url } = request;
    return internally(request, url, own, ctx) ?? routeRequest(request, url, own, ctx) ?? undefined;
  }

  function handler(given: Request, env?: unknown, ctx?: unknown): Response | Promise<Response | undefined> | undefined {
    // itty-router may hand on a Proxy, which the platform takes for no request; its value is the request.
    const request = given.valueOf() as Request;
    const context = ctx as ExecutionContext;
    if (isolate !== undefined) return part(request, isolate, context);
    return opened(request, env, ctx).then((own) => part(request, own, context));
  }

  return {
    fetch(request, env, ctx) {
      const context = ctx as ExecutionContext;
      if (isolate !== undefined) return whole(request, isolate, context);
      return opened(request, env, ctx).then((own) => whole(request, own, context));
    },
    handler,
    async middleware(context, next) {
      const answer = await handler(context.req.raw, context.env, context.executionCtx);
      if (answer === undefined) await next();
      return answer;
    },
  };
}

function open(mesh: Mesh, request: Request, env: Environment, extensions: Isolate["extensions"]): Isolate {
  const region = isRegion(env.HEDDLE_REGION)
    ? env.HEDDLE_REGION
    : regionOf((request as Request<unknown, IncomingRequestCfProperties>).cf);
  return createIsolate({ mesh, env, region, nowMs: Date.now(), extensions });
}
