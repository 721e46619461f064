import { z } from "@hono/zod-openapi";
import { ask } from "../http/ask.ts";
import { type Api, json, operation } from "../http/operation.ts";
import { eventHub } from "../live/event-hub.ts";
import { epochMs } from "./schemas.ts";

const targetSchema = z
  .object({
    name: z.string(),
    service: z.string().nullable().openapi({ description: "Of a hook that heals; null for notifications." }),
    type: z.enum(["webhook", "slack", "pagerduty", "alertmanager", "self-healing"]),
    to: z.string().openapi({ description: "The host, or the name of the secret that has the URL." }),
    state: z.enum(["ok", "retrying", "dead"]),
    waiting: z.number(),
    firing: z.number(),
    dropped: z.number(),
    failures: z.number().openapi({ description: "In a row." }),
    lastError: z.string(),
    lastOkMs: epochMs.nullable(),
    nextAttemptMs: epochMs.nullable(),
  })
  .openapi("NotificationTarget");

export function addNotifications(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/notifications",
      operationId: "listNotificationTargets",
      tags: ["events"],
      summary: "Who is told of events and what is called, and how it goes with them",
      needs: { scopes: ["read"], services: "all" },
      request: { query: z.strictObject({}) },
      responses: { 200: json(z.object({ items: z.array(targetSchema) }), "Targets, in the order of the config") },
    },
    async (context) => {
      const items = await ask("the event hub", () => eventHub(context.env).targets(), 20_000);
      return context.json({ items: [...items] });
    },
  );
}
