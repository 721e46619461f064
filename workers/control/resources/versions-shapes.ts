/** Shapes of versions and of what changes between them. */
import { z } from "@hono/zod-openapi";
import { epochMs } from "./schemas.ts";

export const versionSchema = z
  .object({
    version: z.number(),
    digest: z.string(),
    compiledAtMs: epochMs,
    atMs: epochMs,
    author: z.string(),
    message: z.string(),
    kind: z.enum(["apply", "rollback", "guard-rollback"]),
    of: z.number().optional(),
    bytes: z.number(),
    pinned: z.boolean(),
    guard: z
      .object({
        state: z.enum(["watching", "passed", "rolled-back", "ended"]),
        untilMs: epochMs,
        fallback: z.number(),
        reason: z.string(),
      })
      .optional(),
  })
  .openapi("ConfigVersion");

export const sourceSchema = z.object({ text: z.string(), format: z.enum(["yaml", "json"]) }).openapi("ConfigSource");

export const diffSchema = z
  .looseObject({
    changes: z.array(
      z.looseObject({
        kind: z.enum(["added", "removed", "changed"]),
        what: z.string(),
        name: z.string(),
        trafficShare: z.number().nullable().optional(),
      }),
    ),
  })
  .openapi("ConfigDiff");

/** The number of a version, in a path or a query. */
export const versionNumber = z
  .string()
  .regex(/^[1-9][0-9]{0,14}$/, { error: "is not the number of a version" })
  .transform(Number)
  .openapi({ type: "integer" });
