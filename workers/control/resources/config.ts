import { z } from "@hono/zod-openapi";
import { knownFormatIn } from "../../../src/config/lint/formats.ts";
import { answer as answerChange, apply, stale } from "../config/apply.ts";
import { diffBetween } from "../config/diff.ts";
import type { ApiContext } from "../context.ts";
import { numberIn } from "../http/entity-tag.ts";
import { type Api, json, jsonBody, operation } from "../http/operation.ts";
import { problem } from "../http/problem.ts";
import { askEdge } from "../live/edge.ts";
import { askConfig, headVersion, meshConfig, meshInForce } from "../live/mesh-config.ts";
import { durationText, lineOf } from "./schemas.ts";
import { diffSchema, sealedSchema, sourceSchema, versionSchema } from "./versions-shapes.ts";

/** What the reader of configs takes is bounded in characters; each may have up to three bytes and a bit. */
const CONFIG_BODY = {
  maxBytes: 8 * 1024 * 1024,
  types: ["application/yaml", "text/yaml", "application/x-yaml", "application/json"],
};
const MAX_MESSAGE_LENGTH = 4_096;
const GUARD = { minMs: 10_000, maxMs: 3_600_000 };

const bundledSchema = z
  .object({ digest: z.string().nullable(), problem: z.string() })
  .openapi({ description: "What the edge runs while nothing is applied; null once something is." });

const appliedSchema = z.object({ version: versionSchema, diff: diffSchema }).openapi("AppliedConfig");
const triedSchema = z
  .object({
    diff: diffSchema,
    faults: z.array(z.unknown()),
    current: versionSchema.nullable(),
    digest: z.string(),
  })
  .openapi("TriedConfig");

export function addConfig(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/config",
      operationId: "readConfig",
      tags: ["config"],
      summary: "The config in force",
      description: 'Its ETag is the number of the version, "0" while nothing was applied: what If-Match of PUT takes.',
      needs: { scopes: ["read"], services: "all" },
      responses: {
        200: json(
          z.object({
            version: versionSchema.nullable(),
            source: sourceSchema.nullable(),
            sealed: sealedSchema,
            bundled: bundledSchema.nullable(),
          }),
          "The config",
        ),
      },
    },
    async (context) => {
      const version = await headVersion(context.env);
      if (version === null) {
        const bundled = await bundledAt(context);
        return context.json({ version, source: null, bundled }, 200, { etag: '"0"' });
      }
      const stored = await askConfig(() => meshConfig(context.env).read(version.version));
      const etag = `"${version.version}"`;
      const sealed = stored?.sealed;
      const source = stored?.source ?? null;
      return context.json({ version, source, ...(sealed !== undefined && { sealed }), bundled: null }, 200, { etag });
    },
  );
  operation(
    api,
    {
      method: "put",
      path: "/v1/config",
      operationId: "applyConfig",
      tags: ["config"],
      summary: "Puts a config in force, if the one it is based on still is",
      description:
        'The body is the config as YAML or JSON. If-Match is the number of the version it is based on, "0" for the first. With dryRun=true nothing changes, If-Match may be left out, and the scope read will do.',
      needs: { scopes: (context) => (isDryRun(context) ? ["read"] : ["admin"]), services: "all" },
      problems: ["precondition-failed", "precondition-required"],
      body: CONFIG_BODY,
      request: {
        headers: z.object({
          "if-match": z.string().max(64).optional().openapi({ example: '"12"' }),
          "x-heddle-message": z
            .string()
            .max(3 * MAX_MESSAGE_LENGTH)
            .optional()
            .openapi({ description: "Why, for the history; percent-encoded." }),
        }),
        query: z.strictObject({
          dryRun: z.enum(["true", "false"]).optional(),
          guard: durationText(GUARD)
            .optional()
            .openapi({ param: { description: "Watch it for so long, and go back when it does worse." } }),
        }),
        body: {
          required: true,
          content: {
            "application/yaml": { schema: { type: "string" } },
            "application/json": { schema: { type: "object" } },
          },
        },
      },
      responses: {
        200: json(triedSchema, "What it would change"),
        201: json(appliedSchema, "The version that is in force now"),
      },
    },
    async (context) => {
      const { guard } = context.req.valid("query");
      const dryRun = isDryRun(context);
      const { "if-match": tag } = context.req.valid("header");
      if (tag === undefined && !dryRun) {
        return problem(
          context,
          "precondition-required",
          'send If-Match with the version it is based on: "0" for the first',
        );
      }
      const base = tag === undefined ? null : numberIn(tag);
      if (tag !== undefined && base === null) {
        return problem(context, "malformed-request", 'If-Match is not the number of a version, such as "12"');
      }
      const message = messageIn(context);
      if (message === null)
        return problem(context, "malformed-request", "X-Heddle-Message is not percent-encoded text");
      const secret = knownFormatIn(message);
      if (secret !== null)
        return problem(
          context,
          "malformed-request",
          `the message (X-Heddle-Message) looks like ${secret.what}, and would be kept and shown: leave it out`,
        );
      const text = textOf(context.get("body"));
      if (text === null) return problem(context, "malformed-request", "the body is not UTF-8");
      const format = context.req.header("content-type")?.toLowerCase().startsWith("application/json") ? "json" : "yaml";
      return apply(context, {
        source: { text, format },
        base,
        message,
        guardMs: guard,
        dryRun,
      });
    },
  );
  operation(
    api,
    {
      method: "post",
      path: "/v1/config/rollback",
      operationId: "rollBackConfig",
      tags: ["config"],
      summary: "Makes a new version of the content of a former one",
      needs: { scopes: ["admin"], services: "all" },
      problems: ["not-found", "precondition-failed"],
      request: {
        headers: z.object({ "if-match": z.string().max(64).optional() }),
        body: jsonBody(
          z.strictObject({ to: z.int().min(1), message: lineOf(MAX_MESSAGE_LENGTH).optional() }).openapi("Rollback"),
        ),
      },
      responses: { 201: json(appliedSchema, "The version that is in force now") },
    },
    async (context) => {
      const { to, message = "" } = context.req.valid("json");
      const { "if-match": tag } = context.req.valid("header");
      const base = tag === undefined ? undefined : numberIn(tag);
      if (base === null) return problem(context, "malformed-request", "If-Match is not the number of a version");
      const current = await headVersion(context.env);
      const number = current?.version ?? 0;
      if (base !== undefined && base !== number) return stale(context, base, current);
      const stored = await askConfig(() => meshConfig(context.env).read(to));
      if (stored === null) return problem(context, "not-found", `version ${to} is not kept`);
      const diff = await diffBetween(context.env, await meshInForce(context.env), stored.mesh);
      const author = context.get("caller").name.slice(0, 256);
      const reply = await askConfig(() => meshConfig(context.env).rollback({ to, base: number, author, message }));
      return answerChange(context, reply, {
        base: number,
        before: current,
        action: "config.rollback",
        diff,
      });
    },
  );
}

function isDryRun(context: ApiContext): boolean {
  return context.req.query("dryRun") === "true";
}

async function bundledAt(context: ApiContext): Promise<{ digest: string | null; problem: string }> {
  const state = await askEdge(context.env, "/.heddle/ready");
  if (!state.ok) return { digest: null, problem: state.detail };
  const { version } = state.value;
  return typeof version === "string" ? { digest: version, problem: "" } : { digest: null, problem: "it did not say" };
}

/** "" without one; null for one that cannot be read. */
function messageIn(context: ApiContext): string | null {
  try {
    const text = decodeURIComponent(context.req.header("x-heddle-message") ?? "");
    return text.length <= MAX_MESSAGE_LENGTH && text.isWellFormed() ? text : null;
  } catch {
    return null;
  }
}

function textOf(body: Uint8Array<ArrayBuffer>): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body);
  } catch {
    return null;
  }
}
