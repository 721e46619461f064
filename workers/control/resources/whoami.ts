import { z } from "@hono/zod-openapi";
import { SCOPES } from "../../../durable-objects/access-control/token.ts";
import { HEDDLE_RELEASE } from "../../../src/core/release.ts";
import { openVault } from "../../../src/security/at-rest/vault.ts";
import { type Api, json, operation } from "../http/operation.ts";
import { unopenedProblems } from "../live/unopened-rows.ts";
import { epochMs } from "./schemas.ts";

const whoamiSchema = z
  .object({
    name: z.string(),
    via: z.enum(["token", "access", "bootstrap", "certificate"]),
    scopes: z.array(z.enum(SCOPES)),
    services: z.array(z.string()).nullable(),
    expiresAtMs: epochMs.nullable(),
    problems: z.array(z.string()).optional().openapi({
      description: "What an operator has to see to in the deployment of the control plane; for the scope admin",
    }),
    heddle: z.string().openapi({ description: "The release that the control plane runs" }),
  })
  .openapi("Whoami");

export function addWhoami(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/whoami",
      operationId: "whoami",
      tags: ["access"],
      summary: "Who the caller is, and what they may do",
      needs: { scopes: [], services: "none" },
      responses: { 200: json(whoamiSchema, "The caller") },
    },
    async (context) => {
      const { name, via, scopes, services, expiresAtMs } = context.get("caller");
      const isAdmin = scopes.includes("admin");
      const unopened = isAdmin ? await unopenedProblems(context.env, context.get("nowMs")) : [];
      const problems = [openVault(context.env.HEDDLE_STORAGE_KEY).problem, ...unopened].filter((text) => text !== "");
      return context.json({
        ...{ name, via, scopes, services, expiresAtMs, heddle: HEDDLE_RELEASE },
        ...(isAdmin && { problems }),
      });
    },
  );
}
