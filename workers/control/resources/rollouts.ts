import { z } from "@hono/zod-openapi";
import type { RolloutReply } from "../../../durable-objects/rollout/rollout.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import { ACTIONS } from "../../../src/core/rollout/rollout.ts";
import { recordChange } from "../access/audit.ts";
import { type Caller, mayTouch } from "../access/caller.ts";
import type { ApiContext } from "../context.ts";
import { ask, Unreachable } from "../http/ask.ts";
import { type Api, json, jsonBody, operation } from "../http/operation.ts";
import { decodeCursor, pageAfter, pageOf, pageQuery } from "../http/page.ts";
import { problem } from "../http/problem.ts";
import { mapInParallel } from "../live/in-parallel.ts";
import { meshInForce } from "../live/mesh-config.ts";
import { plainName } from "./schemas.ts";

const AT_ONCE = 6;

/** As the object of the rollout describes itself. */
const rolloutSchema = z
  .looseObject({
    name: z.string(),
    phase: z.string(),
    step: z.number(),
    steps: z.number(),
    percent: z.number(),
    why: z.string(),
  })
  .openapi("Rollout");

const params = z.strictObject({ rollout: plainName });

export function addRollouts(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/rollouts",
      operationId: "listRollouts",
      tags: ["rollouts"],
      summary: "Rollouts of the config in force",
      needs: { scopes: ["read"], services: "filtered" },
      request: { query: z.strictObject(pageQuery) },
      responses: { 200: json(pageOf(rolloutSchema).extend({ missing: z.array(z.string()) }), "Rollouts by name") },
    },
    async (context) => {
      const { limit, cursor } = context.req.valid("query");
      const names = await rolloutsFor(context);
      const page = pageAfter(names, (name) => name, cursor === undefined ? null : decodeCursor(cursor), limit);
      const replies = await mapInParallel(page.items, AT_ONCE, async (name) => ({
        name,
        reply: await describe(context, name),
      }));
      return context.json({
        items: replies.flatMap(({ reply }) => (reply?.ok ? [reply.description] : [])),
        next: page.next,
        missing: replies.filter(({ reply }) => !reply?.ok).map(({ name }) => name),
      });
    },
  );
  operation(
    api,
    {
      method: "get",
      path: "/v1/rollouts/{rollout}",
      operationId: "readRollout",
      tags: ["rollouts"],
      summary: "A rollout: its step, what was seen, and its history",
      needs: { scopes: ["read"], services: "filtered" },
      problems: ["not-found"],
      request: { params },
      responses: { 200: json(rolloutSchema, "The rollout") },
    },
    async (context) => {
      const { rollout } = context.req.valid("param");
      if (!(await rolloutsFor(context)).includes(rollout)) return unknown(context);
      return answer(context, await ask("the rollout", () => objectOf(context, rollout).describe()));
    },
  );
  operation(
    api,
    {
      method: "post",
      path: "/v1/rollouts/{rollout}",
      operationId: "operateRollout",
      tags: ["rollouts"],
      summary: "Starts, pauses, resumes, promotes or aborts a rollout",
      needs: { scopes: ["operate"], services: "filtered" },
      problems: ["not-found"],
      request: { params, body: jsonBody(z.strictObject({ action: z.enum(ACTIONS) }).openapi("RolloutCommand")) },
      responses: { 200: json(rolloutSchema, "The rollout as it is now") },
    },
    async (context) => {
      const { rollout } = context.req.valid("param");
      const { action } = context.req.valid("json");
      if (!(await rolloutsFor(context)).includes(rollout)) return unknown(context);
      const before = await ask("the rollout", () => objectOf(context, rollout).describe());
      const by = context.get("caller").name.slice(0, 256);
      const reply = await ask("the rollout", () => objectOf(context, rollout).operate({ action, by }));
      if (reply.ok) {
        await recordChange(context, {
          action: `rollout.${action}`,
          target: rollout,
          before: before.ok ? brief(before.description) : null,
          after: brief(reply.description),
        });
      }
      return answer(context, reply);
    },
  );
}

/** Names of the rollouts that a caller may see, sorted: those with both services theirs. */
async function rolloutsFor({ env, var: { caller } }: ApiContext): Promise<readonly string[]> {
  return namesIn(await meshInForce(env), caller);
}

function namesIn({ rollouts = [], services }: Mesh, caller: Caller): readonly string[] {
  return rollouts
    .filter(({ stable, canary }) =>
      [stable, canary].every((index) => services[index] !== undefined && mayTouch(caller, services[index].name)),
    )
    .map(({ name }) => name)
    .sort();
}

function objectOf(context: ApiContext, name: string) {
  return context.env.ROLLOUT.getByName(name);
}

/** Null: it gave no answer. */
async function describe(context: ApiContext, name: string): Promise<RolloutReply | null> {
  try {
    return await ask("the rollout", () => objectOf(context, name).describe());
  } catch (error) {
    if (error instanceof Unreachable) return null;
    throw error;
  }
}

function brief({ phase, step, percent }: { phase: string; step: number; percent: number }) {
  return { phase, step, percent };
}

function unknown(context: ApiContext): Response {
  return problem(context, "not-found", "the config in force has no such rollout");
}

function answer(context: ApiContext, reply: RolloutReply): Response {
  if (reply.ok) return context.json(reply.description);
  return problem(context, reply.error === "unknown_rollout" ? "not-found" : "conflict", reply.detail);
}
