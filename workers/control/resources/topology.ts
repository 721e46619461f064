import { z } from "@hono/zod-openapi";
import { REGIONS } from "../../../src/core/region.ts";
import { mayTouch } from "../access/caller.ts";
import { ask } from "../http/ask.ts";
import { type Api, json, operation } from "../http/operation.ts";
import { problem } from "../http/problem.ts";
import { eventHub } from "../live/event-hub.ts";
import { BREAKER_NAMES, HEALTH_NAMES } from "../live/names.ts";
import { epochMs, serviceName } from "./schemas.ts";
import { problems } from "./service-shapes.ts";

const region = z.enum(REGIONS);
const ratio = z.number().nullable();
const localitySchema = z.object({ cloud: z.string(), region: z.string(), zone: z.string() });

const topologySchema = z
  .object({
    atMs: epochMs,
    regions: z.array(z.object({ region, rps: z.number(), reporters: z.number() })),
    routes: z.array(z.object({ name: z.string(), services: z.array(z.string()) })),
    services: z.array(
      z.object({
        name: z.string(),
        health: z.enum(["healthy", "degraded", "down", "unknown"]),
        rps: z.number(),
        successRatio: ratio,
        p50Ms: z.number().nullable(),
        p99Ms: z.number().nullable(),
        overrides: z.number(),
        askedMs: epochMs.nullable(),
        missing: z.array(z.string()).openapi({ description: "Monitors that gave no answer." }),
        problems,
        endpoints: z.array(
          z.object({
            id: z.string(),
            locality: localitySchema,
            priority: z.number(),
            health: z.enum(HEALTH_NAMES),
            breaker: z.enum(BREAKER_NAMES),
            rps: z.number(),
            share: z.number().openapi({ description: "Of the service's attempts of the last minute, 0..1." }),
            nextShare: z.number().openapi({ description: "Of its requests from now on, 0..1." }),
            successRatio: ratio,
            p50Ms: z.number().nullable(),
            p99Ms: z.number().nullable(),
            inFlight: z.number(),
            isTold: z.boolean().openapi({ description: "An operator's override is in force." }),
          }),
        ),
      }),
    ),
    flows: z.array(
      z.object({
        from: region,
        service: z.string(),
        endpoint: z.string(),
        rps: z.number(),
        successRatio: ratio,
      }),
    ),
  })
  .openapi("Topology");

export function addTopology(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/topology",
      operationId: "readTopology",
      tags: ["services"],
      summary: "Where the traffic goes: callers' regions, routes, services, endpoints",
      description: "As the monitors said about a second ago. Latencies are those of the worst region.",
      needs: { scopes: ["read"], services: "filtered" },
      request: { query: z.strictObject({ service: serviceName.optional() }) },
      responses: { 200: json(topologySchema, "The picture") },
    },
    async (context) => {
      const { service } = context.req.valid("query");
      const caller = context.get("caller");
      if (service !== undefined && !mayTouch(caller, service)) {
        return problem(context, "forbidden", "the token is limited to other services");
      }
      const services = service === undefined ? caller.services : [service];
      const topology = await ask("the event hub", () => eventHub(context.env).topology({ services }), 20_000);
      return topology === null
        ? problem(context, "unavailable", "the config object gave no answer", { headers: { "retry-after": "5" } })
        : context.json(topology);
    },
  );
}
