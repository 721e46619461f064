import { z } from "@hono/zod-openapi";
import { mayTouch } from "../access/caller.ts";
import { type Api, json, operation } from "../http/operation.ts";
import { decodeCursor, pageAfter, pageOf, pageQuery } from "../http/page.ts";
import { problem } from "../http/problem.ts";
import { eventsOf, orderOf } from "../live/events.ts";
import { servicesFor } from "../live/services.ts";
import { epochMs, lineOf, serviceName } from "./schemas.ts";

const eventSchema = z
  .object({
    id: z.string(),
    atMs: epochMs,
    type: z.string(),
    service: z.string().nullable(),
    endpoint: z.string().nullable(),
    region: z.string().nullable(),
    detail: z.string(),
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
      summary: "What happened lately to the health of endpoints, and to the config",
      description: "Each object keeps its last 200; what everybody did is in the audit log for longer.",
      needs: { scopes: ["read"], services: "filtered" },
      request: {
        query: z.strictObject({
          ...pageQuery,
          service: serviceName.optional(),
          type: lineOf(64)
            .optional()
            .openapi({ param: { description: 'The whole type, or its first word: "health", "config"' } }),
          since: z.coerce
            .number()
            .int()
            .min(0)
            .optional()
            .openapi({ param: { description: "Epoch milliseconds." } }),
        }),
      },
      responses: {
        200: json(pageOf(eventSchema).extend({ missing: z.array(z.string()) }), "Events, newest first"),
      },
    },
    async (context) => {
      const { limit, cursor, service, type = "", since = 0 } = context.req.valid("query");
      const caller = context.get("caller");
      if (service !== undefined && !mayTouch(caller, service)) {
        return problem(context, "forbidden", "the token is limited to other services");
      }
      const all = await servicesFor(context.env, caller);
      const names = service === undefined ? all : all.filter((one) => one === service);
      // Who may see some services learns nothing of the config of all.
      const isLimited = service !== undefined || caller.services !== null;
      const query = { service: isLimited ? (service ?? "") : null, sinceMs: since, type };
      const { events, missing } = await eventsOf(context.env, names, query);
      const page = pageAfter(events, orderOf, cursor === undefined ? null : decodeCursor(cursor), limit);
      return context.json({ ...page, missing });
    },
  );
}
