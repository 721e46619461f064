import { z } from "@hono/zod-openapi";
import { SCOPES, type Token } from "../../../durable-objects/access-control/token.ts";
import { accessControl } from "../access/access-control.ts";
import { recordChange } from "../access/audit.ts";
import { onRevoked } from "../access/verified-tokens.ts";
import { ask } from "../http/ask.ts";
import { type Api, json, jsonBody, operation } from "../http/operation.ts";
import { decodeCursor, pageAfter, pageOf, pageQuery } from "../http/page.ts";
import { problem } from "../http/problem.ts";
import { endSockets } from "../live/event-hub.ts";
import { durationText, epochMs, lineOf, serviceName } from "./schemas.ts";

const MIN_LIFE_MS = 1_000;
const DAY_MS = 86_400_000;
const DEFAULT_LIFE_MS = 90 * DAY_MS;
const MAX_LIFE_MS = 366 * DAY_MS;

const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    services: z.array(z.string()).nullable(),
    createdAtMs: epochMs,
    createdBy: z.string(),
    expiresAtMs: epochMs,
    revokedAtMs: epochMs.nullable(),
    lastUsedAtMs: epochMs.nullable(),
  })
  .openapi("Token");

const newTokenSchema = z
  .strictObject({
    name: lineOf(64).min(1),
    scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
    services: z.array(serviceName).min(1).max(100).nullable().optional(),
    expiresIn: durationText({ minMs: MIN_LIFE_MS, maxMs: MAX_LIFE_MS }).optional(),
  })
  .refine(({ scopes, services }) => !scopes.includes("register") || (services ?? null) !== null, {
    path: ["services"],
    message: "a token with the scope register is for certain services: name them",
  })
  .openapi("NewToken");

const createdSchema = tokenSchema.extend({ token: z.string().nullable() }).openapi("CreatedToken");

export function addTokens(api: Api): void {
  const needs = { scopes: ["admin"], services: "all" } as const;
  operation(
    api,
    {
      method: "get",
      path: "/v1/tokens",
      operationId: "listTokens",
      tags: ["access"],
      summary: "All tokens, without their secrets",
      needs,
      request: { query: z.strictObject(pageQuery) },
      responses: { 200: json(pageOf(tokenSchema), "Tokens, latest first") },
    },
    async (context) => {
      const { limit, cursor } = context.req.valid("query");
      const after = cursor === undefined ? null : decodeCursor(cursor);
      const tokens = await ask("the access control", () => accessControl(context.env).listTokens());
      return context.json(pageAfter(tokens, orderOf, after, limit));
    },
  );
  operation(
    api,
    {
      method: "post",
      path: "/v1/tokens",
      operationId: "createToken",
      tags: ["access"],
      summary: "Makes a token; its secret is in this answer and nowhere else",
      description: "Sent again with the same Idempotency-Key, `token` is null: the secret is not kept.",
      needs,
      request: { body: jsonBody(newTokenSchema) },
      responses: { 201: json(createdSchema, "The token") },
    },
    async (context) => {
      const { name, scopes, services = null, expiresIn = DEFAULT_LIFE_MS } = context.req.valid("json");
      const reply = await ask("the access control", () =>
        accessControl(context.env).createToken({
          name,
          scopes: [...new Set(scopes)],
          services,
          expiresAtMs: context.get("nowMs") + expiresIn,
          createdBy: context.get("caller").name,
        }),
      );
      if (!reply.ok) return problem(context, "conflict", reply.detail);
      const { token, secret } = reply;
      await recordChange(context, { action: "token.create", target: token.id, before: null, after: token });
      context.set("keptBody", JSON.stringify({ ...token, token: null }));
      return context.json({ ...token, token: secret }, 201, { location: `/v1/tokens/${token.id}` });
    },
  );
  operation(
    api,
    {
      method: "delete",
      path: "/v1/tokens/{id}",
      operationId: "revokeToken",
      tags: ["access"],
      summary: "Ends a token, everywhere within 5 s",
      needs,
      problems: ["not-found"],
      request: {
        params: z.strictObject({ id: z.string().regex(/^[0-9a-f]{16}$/, { error: "is not the id of a token" }) }),
      },
      responses: { 200: json(tokenSchema, "The token as it is now") },
    },
    async (context) => {
      const { id } = context.req.valid("param");
      const revoked = await ask("the access control", () => accessControl(context.env).revokeToken(id));
      if (revoked === null) return problem(context, "not-found", "there is no such token");
      onRevoked(`token/${id}`);
      await endSockets(context.env, `token/${id}`);
      const { before, after } = revoked;
      if (before.revokedAtMs === null)
        await recordChange(context, { action: "token.revoke", target: id, before, after });
      return context.json(after);
    },
  );
}

/** Latest first, as text that rises. */
function orderOf({ createdAtMs, id }: Token): string {
  return `${String(10 ** 15 - createdAtMs).padStart(16, "0")}/${id}`;
}
