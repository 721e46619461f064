/**
 * Internal endpoints of the edge, under /.heddle: readiness for anyone, everything else for a holder of the debug or
 * operator token (or anybody in dev mode). Paths below the prefix that are not ours are the mesh's own.
 */
import { error, json, Router } from "itty-router";
import type { Mesh } from "../core/mesh.ts";
import { DEBUG_HEADER } from "../edge/control-headers.ts";
import { explain } from "../edge/explain.ts";
import { type Unfitness, unfitness } from "../edge/fitness.ts";
import type { Isolate } from "../edge/isolate.ts";
import { adopt } from "../edge/mesh/load.ts";
import { serviceProblems } from "../edge/service-problems.ts";
import { problemsOf, stateOf } from "../edge/state.ts";
import { bearerOf, isToken } from "../edge/token.ts";
import { readBounded } from "../security/authn/read-bounded.ts";
import { listRollouts, operateRollout, showRollout } from "./rollouts.ts";

export const INTERNAL_PREFIX = "/.heddle/";

/** Largest mesh that is taken, bytes. */
const MAX_MESH_BYTES = 24 * 1024 * 1024;
/** Largest description of a request, bytes: what a URL and headers of one have at most, encoded. */
const MAX_QUESTION_BYTES = 512 * 1024;

const router = Router<Request, [Isolate, ExecutionContext]>()
  .get("/.heddle/ready", (_request, isolate) => json({ ready: true, version: isolate.open.mesh.version }))
  .get("/.heddle/state", mayRead, (_request, isolate) => json(stateOf(isolate, Date.now())))
  .get("/.heddle/problems", mayRead, (_request, isolate) =>
    json({ problems: problemsOf(isolate), services: serviceProblems(isolate) }),
  )
  .get("/.heddle/explain", mayRead, (request, isolate, ctx) =>
    explained(new URL(request.url).searchParams, isolate, ctx),
  )
  // The same, for headers that do not belong into a URL: those that hold credentials.
  .post("/.heddle/explain", mayRead, async (request, isolate, ctx) =>
    explained(new URLSearchParams(await textOf(request)), isolate, ctx),
  )
  .get("/.heddle/rollouts", mayRead, (_request, isolate) => listRollouts(isolate))
  .get("/.heddle/rollouts/:name", mayRead, (request, isolate) => showRollout(isolate, nameIn(request.url)))
  .post("/.heddle/rollouts/:name", mayOperate, (request, isolate) =>
    operateRollout(request, isolate, nameIn(request.url)),
  )
  .put("/.heddle/mesh", mayOperate, putMesh);

/** The answer to an internal request, null when the path is none of ours. */
export function internal(
  request: Request,
  url: string,
  isolate: Isolate,
  ctx: ExecutionContext,
): Promise<Response> | null {
  if (!new URL(url).pathname.startsWith(INTERNAL_PREFIX)) return null;
  return router
    .fetch(request, isolate, ctx)
    .then((answer) => answer ?? error(404, { title: "No such internal endpoint" }));
}

/** The last element of a path. Names of rollouts have nothing in them to decode. */
function nameIn(url: string): string {
  return new URL(url).pathname.replace(/\/$/, "").split("/").at(-1)!;
}

function mayRead(request: Request, isolate: Isolate, _ctx: ExecutionContext): Response | undefined {
  const { HEDDLE_DEBUG_TOKEN, HEDDLE_OPERATOR_TOKEN } = isolate.env;
  const bearer = bearerOf(request.headers);
  const allowed =
    isolate.dev ||
    isToken(request.headers.get(DEBUG_HEADER), HEDDLE_DEBUG_TOKEN) ||
    isToken(bearer, HEDDLE_DEBUG_TOKEN) ||
    isToken(bearer, HEDDLE_OPERATOR_TOKEN);
  return allowed ? undefined : unauthorized();
}

function mayOperate(request: Request, isolate: Isolate): Response | undefined {
  const allowed = isolate.dev || isToken(bearerOf(request.headers), isolate.env.HEDDLE_OPERATOR_TOKEN);
  return allowed ? undefined : unauthorized();
}

function unauthorized(): Response {
  const headers = { "content-type": "application/problem+json", "www-authenticate": 'Bearer realm="heddle"' };
  const problem = { type: "about:blank", title: "A token is needed", status: 401 };
  return new Response(JSON.stringify(problem), { status: 401, headers });
}

/** Stores a compiled mesh and puts it in force here at once; the other isolates learn of it with their next sync. */
async function putMesh(request: Request, isolate: Isolate): Promise<Response> {
  const stays = isolate.open.mesh.version;
  if (Number(request.headers.get("content-length") ?? 0) > MAX_MESH_BYTES) {
    return error(413, { title: `A mesh may have at most ${MAX_MESH_BYTES} bytes`, stays });
  }
  let mesh: Mesh;
  try {
    mesh = (await request.json()) as Mesh;
  } catch {
    return error(400, { title: "The body is not JSON", stays });
  }
  const unfit = unfitnessOf(isolate, mesh);
  if (unfit !== null) return error(422, { ...unfit, stays });
  const config = isolate.env.MESH_CONFIG?.getByName("mesh");
  if (config !== undefined) {
    const stored = await config.put(mesh).catch(() => null);
    if (stored === null) return error(503, { title: "The config object does not answer", stays });
    if (!stored.ok) return error(422, { title: stored.detail, error: stored.error, stays });
  }
  const adopted = adopt(isolate, mesh, { version: mesh.version, atMs: mesh.compiledAtMs }, "put");
  return json({ version: isolate.open.mesh.version, adopted });
}

/** What the mesh asks for and this Worker does not have. What is no mesh asks for nothing. */
function unfitnessOf(isolate: Isolate, mesh: Mesh): Unfitness | null {
  try {
    return unfitness(mesh, isolate);
  } catch {
    return null;
  }
}

async function explained(query: URLSearchParams, isolate: Isolate, ctx: ExecutionContext): Promise<Response> {
  const asked = described(query);
  if (asked !== null) return json(await explain(isolate, asked, Date.now(), ctx));
  const title = "explain needs url=<absolute http or https URL>, and takes method= and header=Name:value";
  return error(400, { title });
}

/** A question's body; "" for one that is too large or does not arrive. */
async function textOf({ body }: Request): Promise<string> {
  const bytes = await readBounded(body, MAX_QUESTION_BYTES).catch(() => null);
  return bytes === null ? "" : new TextDecoder().decode(bytes);
}

/** The request that the query describes; null when it describes none. */
function described(query: URLSearchParams): Request | null {
  const url = query.get("url");
  if (url === null || !/^https?:\/\//.test(url) || !URL.canParse(url)) return null;
  const headers = new Headers();
  for (const header of query.getAll("header")) {
    const colon = header.indexOf(":");
    if (colon <= 0) return null;
    try {
      headers.append(header.slice(0, colon).trim(), header.slice(colon + 1).trim());
    } catch {
      return null;
    }
  }
  try {
    return new Request(url, { method: query.get("method") ?? "GET", headers });
  } catch {
    return null;
  }
}
