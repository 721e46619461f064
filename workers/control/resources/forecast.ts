import { z } from "@hono/zod-openapi";
import { REGIONS } from "../../../src/core/region.ts";
import { type Api, json, operation } from "../http/operation.ts";
import { problem } from "../http/problem.ts";
import { askHistory } from "../live/history.ts";
import { hasService } from "../live/services.ts";
import { epochMs, servicePath } from "./schemas.ts";

const column = z.array(z.number());

const forecastSchema = z
  .object({
    service: z.string(),
    region: z.string().nullable(),
    step: z.number(),
    atMs: z.array(epochMs),
    known: z.number().openapi({ description: "Steps of the history that are known." }),
    method: z.enum(["smoothing", "seasonal-naive", "naive", "none"]),
    why: z.string(),
    scale: z.enum(["additive", "multiplicative"]).nullable(),
    seasons: z.array(z.number()),
    values: column.openapi({ description: "Expected requests per second of each step." }),
    lower80: column,
    upper80: column,
    lower95: column,
    upper95: column,
    mase: z.number().nullable().openapi({ description: "Mean absolute scaled error within the history." }),
    naiveMase: z.number().nullable().openapi({ description: "The same of the seasonal naive forecast." }),
    capacity: z
      .object({ rps: z.number().nullable(), knownRps: z.number(), endpoints: z.number(), unknown: z.number() })
      .nullable()
      .openapi({ description: "rps is null while the limit of a serving endpoint is not known." }),
    expectedAtMs: epochMs.nullable(),
    earliestAtMs: epochMs.nullable(),
  })
  .openapi("ServiceForecast");

export function addForecast(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/services/{service}/forecast",
      operationId: "readForecast",
      tags: ["services"],
      summary: "What load is expected, and when it reaches what the endpoints can deliver",
      needs: { scopes: ["read"], services: "named" },
      problems: ["not-found"],
      request: {
        params: servicePath,
        query: z.strictObject({
          region: z
            .enum(REGIONS)
            .optional()
            .openapi({ param: { description: "Callers' region; all of them unless said." } }),
        }),
      },
      responses: {
        200: json(forecastSchema, "Hours of a week, or five minutes of three hours while the history is short"),
      },
    },
    async (context) => {
      const { service } = context.req.valid("param");
      const { region = null } = context.req.valid("query");
      if (!(await hasService(context.env, service, context.get("nowMs"))))
        return problem(context, "not-found", "the mesh has no such service");
      const made = await askHistory(context.env, service, (history) => history.forecast({ region }));
      return made === null
        ? problem(context, "unavailable", "the monitors of the service gave no answer yet", {
            headers: { "retry-after": "5" },
          })
        : context.json(made);
    },
  );
}
