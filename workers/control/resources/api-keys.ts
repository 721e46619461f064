/** Keys that callers of the mesh send, of providers of type APIKey with `issued`. Who makes them decides who may call: admins. */
import { z } from "@hono/zod-openapi";
import type { MadeKey } from "../../../durable-objects/api-keys/key.ts";
import { recordChange } from "../access/audit.ts";
import type { ControlEnvironment } from "../environment.ts";
import { ask } from "../http/ask.ts";
import { type Api, json, jsonBody, operation } from "../http/operation.ts";
import { decodeCursor, pageAfter, pageOf, pageQuery } from "../http/page.ts";
import { problem } from "../http/problem.ts";
import { meshInForce } from "../live/mesh-config.ts";
import { durationText, epochMs, lineOf, plainName } from "./schemas.ts";

const OBJECT = "the object of issued keys";
const MIN_LIFE_MS = 1_000;
const DAY_MS = 86_400_000;
const DEFAULT_LIFE_MS = 365 * DAY_MS;
const MAX_LIFE_MS = 3_660 * DAY_MS;

const keySchema = z
  .object({
    id: z.string(),
    provider: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    createdAtMs: epochMs,
    createdBy: z.string(),
    expiresAtMs: epochMs,
    revokedAtMs: epochMs.nullable(),
  })
  .openapi("ApiKey");

const newKeySchema = z
  .strictObject({
    provider: plainName,
    name: plainName,
    scopes: z.array(lineOf(128).min(1)).max(64).default([]),
    expiresIn: durationText({ minMs: MIN_LIFE_MS, maxMs: MAX_LIFE_MS }).optional(),
  })
  .openapi("NewApiKey");

const createdSchema = keySchema.extend({ key: z.string().nullable() }).openapi("CreatedApiKey");

export function addApiKeys(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/api-keys",
      operationId: "listApiKeys",
      tags: ["access"],
      summary: "Keys that were issued to callers of the mesh, without their secrets",
      needs: { scopes: ["operate", "admin"], services: "all" },
      request: { query: z.strictObject({ provider: plainName.optional(), ...pageQuery }) },
      responses: { 200: json(pageOf(keySchema), "Keys by provider, latest first") },
    },
    async (context) => {
      const { provider, limit, cursor } = context.req.valid("query");
      const after = cursor === undefined ? null : decodeCursor(cursor);
      const providers = provider === undefined ? await issuingProviders(context.env) : [provider];
      const lists = await Promise.all(providers.toSorted().map((name) => keysOf(context.env, name)));
      return context.json(pageAfter(lists.flat(), orderOf, after, limit));
    },
  );
  operation(
    api,
    {
      method: "post",
      path: "/v1/api-keys",
      operationId: "createApiKey",
      tags: ["access"],
      summary: "Issues a key to a caller of the mesh; it is in this answer and nowhere else",
      description:
        "The name is the caller's, as policies and rate limits see it; several keys may have the same, as while one takes the place of another. Sent again with the same Idempotency-Key, `key` is null: it is not kept.",
      needs: { scopes: ["admin"], services: "all" },
      request: { body: jsonBody(newKeySchema) },
      responses: { 201: json(createdSchema, "The key") },
    },
    async (context) => {
      const { provider, name, scopes, expiresIn = DEFAULT_LIFE_MS } = context.req.valid("json");
      const providers = await issuingProviders(context.env);
      if (!providers.includes(provider)) {
        const others =
          providers.length === 0 ? "it has none at all" : `those there are: ${providers.toSorted().join(", ")}`;
        const message = `the mesh in force has no provider of type APIKey with this name and \`issued\`; ${others}`;
        return problem(context, "invalid-content", "the body has faults", { faults: [{ path: "provider", message }] });
      }
      const reply = await ask(OBJECT, () =>
        context.env.API_KEYS.getByName(provider).create({
          name,
          scopes: [...new Set(scopes)],
          expiresAtMs: context.get("nowMs") + expiresIn,
          createdBy: context.get("caller").name,
        }),
      );
      if (!reply.ok) return problem(context, "conflict", reply.detail);
      const made = { provider, ...reply.key };
      const target = `${provider}/${made.id}`;
      await recordChange(context, { action: "api-key.create", target, before: null, after: made });
      context.set("keptBody", JSON.stringify({ ...made, key: null }));
      return context.json({ ...made, key: reply.text }, 201, { location: `/v1/api-keys/${target}` });
    },
  );
  operation(
    api,
    {
      method: "delete",
      path: "/v1/api-keys/{provider}/{id}",
      operationId: "revokeApiKey",
      tags: ["access"],
      summary:
        "Ends a key, everywhere within twice the `refresh` of its provider: 30 s unless the config says otherwise",
      needs: { scopes: ["operate", "admin"], services: "all" },
      problems: ["not-found"],
      request: {
        params: z.strictObject({
          provider: plainName,
          id: z.string().regex(/^[0-9a-f]{16}$/, { error: "is not the id of a key" }),
        }),
      },
      responses: { 200: json(keySchema, "The key as it is now") },
    },
    async (context) => {
      const { provider, id } = context.req.valid("param");
      const revoked = await ask(OBJECT, () => context.env.API_KEYS.getByName(provider).revoke(id));
      if (revoked === null) return problem(context, "not-found", "there is no such key");
      const before = { provider, ...revoked.before };
      const after = { provider, ...revoked.after };
      if (before.revokedAtMs === null) {
        await recordChange(context, { action: "api-key.revoke", target: `${provider}/${id}`, before, after });
      }
      return context.json(after);
    },
  );
}

/** Providers of the mesh in force that believe issued keys. */
async function issuingProviders(env: ControlEnvironment): Promise<readonly string[]> {
  const { authentication } = await meshInForce(env);
  return (authentication?.providers ?? []).flatMap((one) =>
    one.type === "api-key" && one.issued !== undefined ? [one.name] : [],
  );
}

interface Key extends MadeKey {
  readonly provider: string;
}

async function keysOf(env: ControlEnvironment, provider: string): Promise<readonly Key[]> {
  const keys = await ask(OBJECT, () => env.API_KEYS.getByName(provider).list());
  return keys.map((key) => ({ provider, ...key }));
}

/** By provider, latest first, as text that rises. */
function orderOf({ provider, createdAtMs, id }: Key): string {
  return `${provider}\u0000${String(10 ** 15 - createdAtMs).padStart(16, "0")}/${id}`;
}
