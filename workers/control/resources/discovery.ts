import { z } from "@hono/zod-openapi";
import { mayTouch } from "../access/caller.ts";
import { ask, Unreachable } from "../http/ask.ts";
import { type Api, json, operation } from "../http/operation.ts";
import { decodeCursor, pageAfter, pageOf, pageQuery } from "../http/page.ts";
import { mapInParallel } from "../live/in-parallel.ts";
import { meshInForce } from "../live/mesh-config.ts";
import { epochMs } from "./schemas.ts";

const AT_ONCE = 6;
const ANSWER_MS = 3_000;

const sourcesSchema = z
  .looseObject({
    service: z.string(),
    sources: z.array(
      z.looseObject({
        name: z.string(),
        kind: z.string(),
        state: z.enum(["ok", "failing", "silent"]),
        endpoints: z.number(),
        goodAtMs: epochMs.nullable(),
        error: z.string(),
      }),
    ),
    alarms: z.array(z.looseObject({ type: z.string(), sinceMs: epochMs, detail: z.string() })),
  })
  .openapi("DiscoveredService");

const clusterSchema = z
  .looseObject({ name: z.string(), isWatching: z.boolean(), streams: z.array(z.looseObject({})) })
  .openapi("Cluster");

export function addDiscovery(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/discovery",
      operationId: "listDiscovery",
      tags: ["registrations"],
      summary: "Sources of endpoints: their state, age and last error, and alarms",
      needs: { scopes: ["read"], services: "filtered" },
      request: { query: z.strictObject(pageQuery) },
      responses: {
        200: json(
          pageOf(sourcesSchema).extend({ clusters: z.array(clusterSchema), missing: z.array(z.string()) }),
          "Services with discovery by name; clusters are on the first page",
        ),
      },
    },
    async (context) => {
      const { limit, cursor } = context.req.valid("query");
      const { env } = context;
      const caller = context.get("caller");
      const mesh = await meshInForce(env);
      const names = mesh.services
        .filter(({ name, discovery }) => discovery !== undefined && mayTouch(caller, name))
        .map(({ name }) => name)
        .sort();
      const page = pageAfter(names, (name) => name, cursor === undefined ? null : decodeCursor(cursor), limit);
      const showsClusters = caller.services === null && cursor === undefined;
      const clusters = showsClusters ? (mesh.discovery?.clusters ?? []).map(({ name }) => name) : [];
      const found = await mapInParallel(page.items, AT_ONCE, async (name) => ({
        name,
        value: await orNull(() => env.REGISTRY.getByName(name).sources()),
      }));
      const watched = await mapInParallel(clusters, AT_ONCE, async (name) => ({
        name,
        value: await orNull(() => env.CLUSTER_WATCH.getByName(name).describe()),
      }));
      return context.json({
        items: found.flatMap(({ value }) => value ?? []),
        next: page.next,
        clusters: watched.flatMap(({ value }) => value ?? []),
        missing: [...found, ...watched].filter(({ value }) => value === null).map(({ name }) => name),
      });
    },
  );
}

/** Null: it gave no answer. */
async function orNull<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await ask("discovery", call, ANSWER_MS);
  } catch (error) {
    if (error instanceof Unreachable) return null;
    throw error;
  }
}
