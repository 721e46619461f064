import { z } from "@hono/zod-openapi";
import { type Api, json, operation } from "../http/operation.ts";
import { problem } from "../http/problem.ts";
import { askHistory } from "../live/history.ts";
import { hasService } from "../live/services.ts";
import { durationText, epochMs, servicePath } from "./schemas.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** What hours are kept for. */
const MAX_AGE_MS = 90 * DAY_MS;

const column = z.array(z.number().nullable());
const part = { rps: column, success: column, p99Ms: column };

const historySchema = z
  .object({
    service: z.string(),
    knownToMs: epochMs.nullable().openapi({ description: "Up to when the monitors were asked." }),
    step: z.number().openapi({ description: "Milliseconds from one place in the columns to the next." }),
    atMs: z.array(epochMs),
    requests: column,
    ...part,
    p50Ms: column,
    p90Ms: column,
    endpoints: z.record(z.string(), z.object(part)),
    regions: z.record(z.string(), z.object(part)),
  })
  .openapi("ServiceHistory", { description: "Columns; null where nothing is known, which is not 0." });

const time = z.coerce.number().int().min(0).max(8.64e15);

const query = z.strictObject({
  from: time.optional().openapi({ param: { description: "Epoch, ms. An hour before `to` unless said." } }),
  to: time.optional().openapi({ param: { description: "Epoch, ms. Now unless said." } }),
  step: durationText({ minMs: 10_000, maxMs: DAY_MS })
    .optional()
    .openapi({
      param: { description: "At least so long; what suits the range unless said." },
      type: "string",
      example: "1m",
    }),
});

export function addHistory(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/services/{service}/history",
      operationId: "readHistory",
      tags: ["services"],
      summary: "Traffic, success and latency of a service over time",
      needs: { scopes: ["read"], services: "named" },
      problems: ["not-found"],
      request: { params: servicePath, query },
      responses: { 200: json(historySchema, "Ten seconds for 2 hours, minutes for 2 days, hours for 90 days") },
    },
    async (context) => {
      const { service } = context.req.valid("param");
      const { from, to, step } = context.req.valid("query");
      const nowMs = context.get("nowMs");
      if (!(await hasService(context.env, service, nowMs)))
        return problem(context, "not-found", "the mesh has no such service");
      const toMs = Math.min(to ?? nowMs, nowMs);
      const fromMs = Math.max(from ?? toMs - HOUR_MS, nowMs - MAX_AGE_MS);
      if (fromMs >= toMs) return problem(context, "malformed-request", "from is not before to");
      const stepMs = step ?? null;
      return context.json(
        await askHistory(context.env, service, (history) => history.history({ fromMs, toMs, stepMs })),
      );
    },
  );
}
