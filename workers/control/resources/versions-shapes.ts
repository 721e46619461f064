/** Shapes of versions and of what changes between them. */

import { z } from "@hono/zod-openapi";
import type { Changed } from "../../../src/config/diff/mesh-diff.ts";
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

/** Beside a source that is null. */
export const sealedSchema = z.string().optional().openapi({
  description:
    "Why the source that is kept cannot be read: HEDDLE_STORAGE_KEY lacks the key that it was written under.",
});

const leaf = z.unknown();
const share = z.number().nullable().optional().openapi({
  description: "Share 0..1 of the present traffic that it touches, at most; null where that is not known.",
});
const names = z.array(z.string());

export const diffSchema = z
  .object({
    from: z.string().nullable(),
    to: z.string(),
    changes: z.array(
      z.object({
        kind: z.enum(["added", "removed", "changed"]),
        what: z.enum([
          "edge",
          "telemetry",
          "notifications",
          "selfHealing",
          "authentication",
          "routing",
          "discovery",
          "credential",
          "rateLimit",
          "listener",
          "service",
          "endpoint",
          "rollout",
          "route",
        ] as const satisfies readonly Changed[]),
        name: z.string(),
        path: z.string(),
        summary: z.string(),
        fields: z.array(z.object({ path: z.string(), before: leaf.optional(), after: leaf.optional() })),
        touches: z.object({
          all: z.boolean(),
          services: names,
          serviceCount: z.number(),
          routes: names,
          routeCount: z.number(),
        }),
        trafficShare: share,
      }),
    ),
    trafficShare: share,
  })
  .openapi("ConfigDiff");

/** The number of a version, in a path or a query. */
export const versionNumber = z
  .string()
  .regex(/^[1-9][0-9]{0,14}$/, { error: "is not the number of a version" })
  .transform(Number)
  .openapi({ type: "integer" });
