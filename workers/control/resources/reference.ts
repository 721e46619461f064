import { z } from "@hono/zod-openapi";
import { documentOf } from "../docs/document.ts";
import { referencePage } from "../docs/reference-page.ts";
import { type Api, operation } from "../http/operation.ts";

export function addReference(api: Api): void {
  api.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  const needs = { scopes: [], services: "none" } as const;
  operation(
    api,
    {
      method: "get",
      path: "/openapi.json",
      operationId: "openapi",
      tags: ["reference"],
      summary: "The OpenAPI 3.1 document",
      needs,
      responses: {
        200: { description: "The document", content: { "application/json": { schema: z.looseObject({}) } } },
      },
    },
    (context) => context.json(documentOf(api)),
  );
  operation(
    api,
    {
      method: "get",
      path: "/docs",
      operationId: "docs",
      tags: ["reference"],
      summary: "The document as a page",
      needs,
      responses: { 200: { description: "The page", content: { "text/html": { schema: z.string() } } } },
    },
    async (context) => {
      const { html, policy } = await referencePage(documentOf(api));
      return context.html(html, 200, { "content-security-policy": policy });
    },
  );
}
