import { z } from "@hono/zod-openapi";
import { type Api, json, operation } from "../http/operation.ts";
import { problem } from "../http/problem.ts";
import { askHistory } from "../live/history.ts";
import { hasService } from "../live/services.ts";
import { epochMs, servicePath } from "./schemas.ts";

const statusSchema = z
  .object({
    name: z.string(),
    kind: z.enum(["availability", "latency"]),
    route: z.string().nullable(),
    target: z.number(),
    thresholdMs: z.number().nullable(),
    windowMs: z.number(),
    total: z.number().openapi({ description: "Events in the window." }),
    bad: z.number(),
    goodRatio: z.number().nullable(),
    budgetRemainingRatio: z.number().openapi({ description: "1: nothing is spent. Below 0: more than there was." }),
    burnRates: z.array(z.object({ windowMs: z.number(), rate: z.number().nullable() })),
    state: z.enum(["ok", "ticket", "page"]),
    because: z.object({ longMs: z.number(), shortMs: z.number(), rate: z.number() }).nullable(),
    exhaustedInMs: z.number().nullable().openapi({ description: "At the rate of the last hour; null: never." }),
  })
  .openapi("ObjectiveStatus");

const sloSchema = z
  .object({ service: z.string(), knownToMs: epochMs.nullable(), objectives: z.array(statusSchema) })
  .openapi("ServiceObjectives");

export function addSlo(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/services/{service}/slo",
      operationId: "readObjectives",
      tags: ["services"],
      summary: "Objectives of a service: budgets of errors and how fast they burn",
      needs: { scopes: ["read"], services: "named" },
      problems: ["not-found"],
      request: { params: servicePath },
      responses: { 200: json(sloSchema, "Objectives in the order of the config") },
    },
    async (context) => {
      const { service } = context.req.valid("param");
      if (!(await hasService(context.env, service, context.get("nowMs"))))
        return problem(context, "not-found", "the mesh has no such service");
      return context.json(await askHistory(context.env, service, (history) => history.slo()));
    },
  );
}
