import { z } from "@hono/zod-openapi";
import type { Position } from "../../../durable-objects/event-hub/event-store.ts";
import { EVENT_TYPES, SEVERITIES } from "../../../src/telemetry/events/event.ts";
import { mayTouch } from "../access/caller.ts";
import { ask } from "../http/ask.ts";
import { type Api, json, operation } from "../http/operation.ts";
import { decodeCursor, encodeCursor, pageOf, pageQuery } from "../http/page.ts";
import { problem } from "../http/problem.ts";
import { eventHub } from "../live/event-hub.ts";
import { epochMs, serviceName } from "./schemas.ts";

const eventSchema = z
  .object({
    id: z.string(),
    atMs: epochMs,
    type: z.enum(EVENT_TYPES),
    severity: z.enum(SEVERITIES),
    service: z.string().nullable(),
    endpoint: z.string().nullable(),
    region: z.string().nullable(),
    summary: z.string(),
    detail: z.string().openapi({ description: "The summary, under its former name." }),
    cause: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    key: z.string().openapi({ description: "Events of one key begin and end one condition." }),
    resolved: z
      .boolean()
      .optional()
      .openapi({ description: "False: it has begun. True: it is over. Absent: it only happened." }),
  })
  .openapi("Event");

export function addEvents(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/events",
      operationId: "listEvents",
      tags: ["events"],
      summary: "What happened: to the health of endpoints, to the config, to rollouts, discovery and notifications",
      description:
        "1,000 events of each service and of the mesh are kept, for 30 days; what everybody did is in the audit log for longer.",
      needs: { scopes: ["read"], services: "filtered" },
      request: {
        query: z.strictObject({
          ...pageQuery,
          service: serviceName.optional(),
          type: z.enum(EVENT_TYPES).optional(),
          since: z.coerce
            .number()
            .int()
            .min(0)
            .optional()
            .openapi({ param: { description: "Epoch milliseconds." } }),
        }),
      },
      responses: {
        200: json(
          pageOf(eventSchema).extend({
            missing: z.array(z.string()),
            sealed: z.int().optional().openapi({
              description: "Events left out: HEDDLE_STORAGE_KEY lacks the key that they were written under.",
            }),
          }),
          "Events, newest first",
        ),
      },
    },
    async (context) => {
      const { limit, cursor, service, type = "", since = 0 } = context.req.valid("query");
      const caller = context.get("caller");
      if (service !== undefined && !mayTouch(caller, service)) {
        return problem(context, "forbidden", "the token is limited to other services");
      }
      // Who may see some services learns nothing of the config of all.
      const services = service === undefined ? caller.services : [service];
      const before = cursor === undefined ? null : positionOf(decodeCursor(cursor));
      const query = { services, type, sinceMs: since, before, limit };
      const page = await ask("the event hub", () => eventHub(context.env).events(query), 20_000);
      return context.json({
        items: page.events.map((event) => ({ ...event, detail: event.summary })),
        next: page.next === null ? null : encodeCursor(`${page.next.atMs}/${page.next.seq}`),
        missing: page.missing,
        ...(page.sealed !== undefined && { sealed: page.sealed }),
      });
    },
  );
}

/** Null for what is no cursor of ours: then the first page comes. */
function positionOf(text: string | null): Position | null {
  const parts = /^(\d{1,15})\/(\d{1,15})$/.exec(text ?? "");
  return parts === null ? null : { atMs: Number(parts[1]), seq: Number(parts[2]) };
}
