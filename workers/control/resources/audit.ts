import { z } from "@hono/zod-openapi";
import { AUDIT_KINDS } from "../../../durable-objects/access-control/audit.ts";
import { accessControl } from "../access/access-control.ts";
import { ask } from "../http/ask.ts";
import { type Api, json, operation } from "../http/operation.ts";
import { decodeCursor, encodeCursor, pageOf, pageQuery } from "../http/page.ts";
import { problem } from "../http/problem.ts";
import { epochMs, serviceName } from "./schemas.ts";

const entrySchema = z
  .object({
    id: z.number(),
    atMs: epochMs,
    kind: z.enum(AUDIT_KINDS),
    actor: z.string(),
    via: z.string(),
    from: z.object({ address: z.string(), country: z.string() }),
    action: z.string(),
    target: z.string(),
    service: z.string().nullable(),
    before: z.unknown(),
    after: z.unknown(),
    requestId: z.string(),
  })
  .openapi("AuditEntry");

const time = z.coerce.number().int().min(0).optional();

export function addAudit(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/audit",
      operationId: "readAudit",
      tags: ["events"],
      summary: "Who changed what, from where, before and after",
      needs: { scopes: ["admin"], services: "all" },
      request: {
        query: z.strictObject({
          ...pageQuery,
          kind: z.enum(AUDIT_KINDS).optional(),
          actor: z.string().max(256).optional(),
          action: z
            .string()
            .max(64)
            .optional()
            .openapi({ param: { description: 'The whole action, or its first word: "config"' } }),
          service: serviceName.optional(),
          since: time.openapi({ param: { description: "Epoch milliseconds, inclusive." } }),
          until: time.openapi({ param: { description: "Epoch milliseconds, exclusive." } }),
        }),
      },
      responses: {
        200: json(
          pageOf(entrySchema).extend({
            sealed: z.number().optional().openapi({
              description: "Entries left out: HEDDLE_STORAGE_KEY lacks the key that they were written under.",
            }),
          }),
          "Entries, newest first",
        ),
      },
    },
    async (context) => {
      const { limit, cursor, kind, actor, action, service, since, until } = context.req.valid("query");
      const before = cursor === undefined ? undefined : Number(decodeCursor(cursor));
      if (before !== undefined && !Number.isSafeInteger(before)) {
        return problem(context, "malformed-request", "the cursor is none of ours");
      }
      const query = {
        limit,
        ...(before !== undefined && { before }),
        ...(kind !== undefined && { kind }),
        ...(actor !== undefined && { actor }),
        ...(action !== undefined && { action }),
        ...(service !== undefined && { service }),
        ...(since !== undefined && { sinceMs: since }),
        ...(until !== undefined && { untilMs: until }),
      };
      const { items, next, sealed } = await ask("the audit log", () => accessControl(context.env).readAudit(query));
      return context.json({
        items,
        next: next === null ? null : encodeCursor(String(next)),
        ...(sealed !== undefined && { sealed }),
      });
    },
  );
}
