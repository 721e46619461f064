/** Shapes of live state. */
import { z } from "@hono/zod-openapi";
import { OVERRIDE_ACTIONS } from "../../../src/core/monitor/override.ts";
import { BREAKER_NAMES, HEALTH_NAMES } from "../live/names.ts";
import { epochMs } from "./schemas.ts";

const minuteSchema = z
  .object({
    rps: z.number(),
    successRatio: z.number().nullable(),
    p50Ms: z.number().nullable(),
    p99Ms: z.number().nullable(),
  })
  .openapi("Minute");

const countsSchema = z.object({ total: z.number(), left: z.number(), serving: z.number(), open: z.number() });

export const problems = z
  .array(z.object({ detail: z.string(), endpoints: z.array(z.string()), all: z.boolean() }).openapi("ServiceProblem"))
  .optional()
  .openapi({
    description:
      "What keeps requests from endpoints that are well: a secret or a binding that is not there. Absent: no isolate of the edge could be asked.",
  });

const summary = {
  problems,
  service: z.string(),
  meshVersion: z.string(),
  rps: z.number(),
  successRatio: z.number().nullable(),
  endpointsRevision: z.number(),
};

export const serviceSummarySchema = z
  .object({ ...summary, endpoints: countsSchema, regions: z.array(z.string()), overrides: z.number() })
  .openapi("ServiceSummary");

const targetSchema = z.union([
  z.object({ endpoint: z.string() }),
  z.object({ cloud: z.string(), region: z.string() }),
  z.object({ cloud: z.string() }),
]);

export const overrideSchema = z
  .object({
    service: z.string(),
    id: z.string(),
    target: targetSchema,
    action: z.enum(OVERRIDE_ACTIONS),
    percent: z.number(),
    atMs: epochMs,
    untilMs: epochMs.nullable(),
    by: z.string(),
    reason: z.string(),
    state: z.enum(["in-force", "draining", "drained", "shadowed", "unmatched"]),
    matches: z.number(),
  })
  .openapi("Override");

/** As the monitor of the region describes it. */
const checkSchema = z
  .looseObject({
    kind: z.enum(["liveness", "readiness"]),
    type: z.string(),
    verdict: z.enum(["unknown", "up", "down"]),
    against: z.number().openapi({ description: "Results in a row that contradict the verdict." }),
    dueInMs: z.number(),
  })
  .openapi("EndpointCheck");

export const endpointSchema = z
  .object({
    id: z.string(),
    address: z.string(),
    locality: z.object({ cloud: z.string(), region: z.string(), zone: z.string() }),
    priority: z.number(),
    weight: z.number(),
    effectiveWeight: z.number(),
    health: z.enum(HEALTH_NAMES),
    breaker: z.enum(BREAKER_NAMES),
    overrides: z.array(z.string()),
    leaving: z.boolean(),
    inFlight: z.number(),
    rps: z.number(),
    regions: z.array(
      z.object({
        region: z.string(),
        health: z.enum(HEALTH_NAMES),
        breaker: z.enum(BREAKER_NAMES),
        openForMs: z.number(),
        probability: z.number(),
        inFlight: z.number(),
        latencyMs: z.number(),
        failureRatio: z.number(),
        checks: z.array(checkSchema),
        minute: minuteSchema.nullable(),
      }),
    ),
  })
  .openapi("EndpointState");

export const serviceSchema = z
  .object({
    ...summary,
    atMs: epochMs,
    counts: countsSchema,
    endpoints: z.array(endpointSchema),
    overrides: z.array(overrideSchema),
    regions: z.array(
      z.object({
        region: z.string(),
        reporters: z.number(),
        meshVersion: z.string(),
        alone: z.boolean(),
        shards: z.number(),
        minute: minuteSchema.nullable(),
      }),
    ),
    missing: z.array(z.string()),
  })
  .openapi("ServiceState");
