/** Shapes of registered instances. What a registration may say in detail is for the registry to check. */
import { z } from "@hono/zod-openapi";
import { epochMs, lineOf, plainName, serviceName } from "./schemas.ts";

const locality = z.strictObject({
  cloud: lineOf(64).optional(),
  region: lineOf(64).optional(),
  zone: lineOf(64).optional(),
});
const load = z.number().min(0).max(100).openapi({ description: "Utilisation: 1 is all that it can do." });
const lease = z
  .string()
  .max(64)
  .openapi({ description: "As PUT gave it: refused once another registration has the name." });

export const registrationPath = z.strictObject({ service: serviceName, instance: plainName });

export const newRegistrationSchema = z
  .strictObject({
    url: z.string().max(2_048),
    locality: locality.optional(),
    weight: z.number().gt(0).max(1_000_000).optional(),
    labels: z.record(z.string().max(64), z.string().max(256)).optional(),
    ttl: z.string().max(32).optional(),
    ttlMs: z.number().gt(0).optional(),
    ready: z.boolean().optional(),
    load: load.optional(),
  })
  .openapi("NewRegistration");

export const heartbeatSchema = z
  .strictObject({ load: load.optional(), ready: z.boolean().optional(), lease: lease.optional() })
  .openapi("Heartbeat");

export const leaseQuery = z.strictObject({ lease: lease.optional() });

export const registrationSchema = z
  .object({
    instance: z.string(),
    url: z.string(),
    locality: z.object({ cloud: z.string(), region: z.string(), zone: z.string() }),
    weight: z.number(),
    labels: z.record(z.string(), z.string()),
    ready: z.boolean(),
    state: z.enum(["serving", "held", "draining", "pending", "challenged", "damped", "not-ready"]),
    load: z.number().nullable(),
    ttlMs: z.number(),
    heartbeatMs: z.number(),
    registeredAtMs: epochMs,
    heartbeatAtMs: epochMs,
    expiresAtMs: epochMs,
    challengeError: z.string().optional(),
  })
  .openapi("Registration");
