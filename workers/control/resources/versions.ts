import { z } from "@hono/zod-openapi";
import { recordChange } from "../access/audit.ts";
import { diffBetween } from "../config/diff.ts";
import type { ApiContext } from "../context.ts";
import { type Api, json, operation } from "../http/operation.ts";
import { decodeCursor, encodeCursor, pageOf, pageQuery } from "../http/page.ts";
import { problem } from "../http/problem.ts";
import { askConfig, meshConfig } from "../live/mesh-config.ts";
import { diffSchema, sealedSchema, sourceSchema, versionNumber, versionSchema } from "./versions-shapes.ts";

const params = z.strictObject({ version: versionNumber });
const read = { scopes: ["read"], services: "all" } as const;

export function addVersions(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/config/versions",
      operationId: "listVersions",
      tags: ["config"],
      summary: "Versions of the config",
      needs: read,
      request: { query: z.strictObject(pageQuery) },
      responses: { 200: json(pageOf(versionSchema), "Versions, newest first") },
    },
    async (context) => {
      const { limit, cursor } = context.req.valid("query");
      const before = cursor === undefined ? undefined : Number(decodeCursor(cursor));
      if (before !== undefined && !(Number.isSafeInteger(before) && before > 0)) {
        return problem(context, "malformed-request", "the cursor is none of ours");
      }
      const size = Math.min(limit, 99);
      const found = await askConfig(() =>
        meshConfig(context.env).history({ limit: size + 1, ...(before !== undefined && { before }) }),
      );
      const items = found.slice(0, size);
      const next = found.length > size ? encodeCursor(String(items.at(-1)!.version)) : null;
      return context.json({ items, next });
    },
  );
  operation(
    api,
    {
      method: "get",
      path: "/v1/config/versions/{version}",
      operationId: "readVersion",
      tags: ["config"],
      summary: "A version with its source",
      needs: read,
      problems: ["not-found"],
      request: { params },
      responses: {
        200: json(
          z.object({ meta: versionSchema, source: sourceSchema.nullable(), sealed: sealedSchema }),
          "The version",
        ),
      },
    },
    async (context) => {
      const { version } = context.req.valid("param");
      const stored = await askConfig(() => meshConfig(context.env).read(version));
      if (stored === null) return notKept(context, version);
      const { meta, source, sealed } = stored;
      return context.json({ meta, source, ...(sealed !== undefined && { sealed }) });
    },
  );
  operation(
    api,
    {
      method: "get",
      path: "/v1/config/versions/{version}/diff",
      operationId: "diffVersions",
      tags: ["config"],
      summary: "What another version changes",
      needs: read,
      problems: ["not-found"],
      request: { params, query: z.strictObject({ to: versionNumber }) },
      responses: { 200: json(z.object({ from: z.number(), to: z.number(), diff: diffSchema }), "The changes") },
    },
    async (context) => {
      const { version } = context.req.valid("param");
      const { to } = context.req.valid("query");
      const [before, after] = await Promise.all(
        [version, to].map((number) => askConfig(() => meshConfig(context.env).read(number))),
      );
      if (before == null || after == null) {
        return notKept(context, before == null ? version : to);
      }
      return context.json({ from: version, to, diff: await diffBetween(context.env, before.mesh, after.mesh) });
    },
  );
  for (const method of ["put", "delete"] as const) addPin(api, method);
}

/** PUT keeps a version for good, DELETE no longer. */
function addPin(api: Api, method: "put" | "delete"): void {
  const pinned = method === "put";
  operation(
    api,
    {
      method,
      path: "/v1/config/versions/{version}/pin",
      operationId: pinned ? "pinVersion" : "unpinVersion",
      tags: ["config"],
      summary: pinned
        ? "Keeps a version though later ones push it out"
        : "Lets a version go when later ones push it out",
      needs: { scopes: ["admin"], services: "all" },
      problems: ["not-found", "conflict"],
      request: { params },
      responses: { 200: json(versionSchema, "The version") },
    },
    async (context) => {
      const { version } = context.req.valid("param");
      const author = context.get("caller").name.slice(0, 256);
      const stored = await askConfig(() => meshConfig(context.env).read(version));
      if (stored === null) return notKept(context, version);
      const reply = await askConfig(() => meshConfig(context.env).pin({ version, pinned, author }));
      if (!reply.ok) {
        const kind = reply.error === "unknown_version" ? "not-found" : "conflict";
        return problem(context, kind, reply.detail, { members: { error: reply.error } });
      }
      if (stored.meta.pinned !== pinned) {
        await recordChange(context, {
          action: pinned ? "config.pin" : "config.unpin",
          target: String(version),
          before: stored.meta,
          after: reply.version,
        });
      }
      return context.json(reply.version);
    },
  );
}

function notKept(context: ApiContext, version: number): Response {
  return problem(context, "not-found", `version ${version} is not kept`);
}
