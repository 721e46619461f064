import { z } from "@hono/zod-openapi";
import type { ApiContext } from "../context.ts";
import { type Api, json, operation } from "../http/operation.ts";
import { decodeCursor, pageAfter, pageOf, pageQuery } from "../http/page.ts";
import { problem } from "../http/problem.ts";
import { edgeProblems } from "../live/edge-problems.ts";
import { describeRoots, describeWhole } from "../live/monitors.ts";
import { type ServiceView, summaryOf, viewOf } from "../live/service-view.ts";
import { hasService, servicesFor } from "../live/services.ts";
import { lineOf, serviceName, servicePath } from "./schemas.ts";
import { endpointSchema, serviceSchema, serviceSummarySchema } from "./service-shapes.ts";

const named = { scopes: ["read"], services: "named" } as const;
const missing = z.array(z.string()).openapi({ description: "What gave no answer, and is not in here." });

const problems = z
  .array(z.string())
  .optional()
  .openapi({ description: "What an isolate of the edge says that somebody has to see to; on the first page." });

export function addServices(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/services",
      operationId: "listServices",
      tags: ["services"],
      summary: "Services with their live state",
      needs: { scopes: ["read"], services: "filtered" },
      request: { query: z.strictObject(pageQuery) },
      responses: { 200: json(pageOf(serviceSummarySchema).extend({ missing, problems }), "Services by name") },
    },
    async (context) => {
      const { limit, cursor } = context.req.valid("query");
      const after = cursor === undefined ? null : decodeCursor(cursor);
      const names = await servicesFor(context.env, context.get("caller"));
      const page = pageAfter(names, (name) => name, after, limit);
      const [roots, problems] = await Promise.all([
        describeRoots(context.env, page.items),
        edgeProblems(context.env, context.get("nowMs")),
      ]);
      const ofService = (name: string) => (problems === null ? undefined : (problems.services[name] ?? []));
      // What is wrong with all of the edge names what a token for some services does not see.
      const ofAll = context.get("caller").services === null && cursor === undefined ? (problems?.problems ?? []) : [];
      return context.json({
        items: roots.flatMap(({ service, root }) =>
          root.state === "described" ? [summaryOf(root.description, ofService(service))] : [],
        ),
        ...(ofAll.length > 0 && { problems: ofAll }),
        next: page.next,
        missing: roots.filter(({ root }) => root.state !== "described").map(({ service }) => service),
      });
    },
  );
  operation(
    api,
    {
      method: "get",
      path: "/v1/services/{service}",
      operationId: "readService",
      tags: ["services"],
      summary: "A service: endpoints, regions and overrides, merged over the regions",
      needs: named,
      problems: ["not-found"],
      request: { params: servicePath },
      responses: { 200: json(serviceSchema, "The service") },
    },
    async (context) => {
      const found = await find(context, context.req.valid("param").service);
      return found instanceof Response ? found : context.json(found);
    },
  );
  operation(
    api,
    {
      method: "get",
      path: "/v1/services/{service}/endpoints",
      operationId: "listEndpoints",
      tags: ["services"],
      summary: "Endpoints of a service with their live state",
      needs: named,
      problems: ["not-found"],
      request: { params: servicePath, query: z.strictObject(pageQuery) },
      responses: { 200: json(pageOf(endpointSchema).extend({ missing }), "Endpoints by id") },
    },
    async (context) => {
      const { limit, cursor } = context.req.valid("query");
      const after = cursor === undefined ? null : decodeCursor(cursor);
      const found = await find(context, context.req.valid("param").service);
      if (found instanceof Response) return found;
      const sorted = [...found.endpoints].sort((a, b) => (a.id < b.id ? -1 : 1));
      return context.json({ ...pageAfter(sorted, ({ id }) => id, after, limit), missing: found.missing });
    },
  );
  operation(
    api,
    {
      method: "get",
      path: "/v1/services/{service}/endpoints/{id}",
      operationId: "readEndpoint",
      tags: ["services"],
      summary: "An endpoint of a service",
      needs: named,
      problems: ["not-found"],
      request: { params: z.strictObject({ service: serviceName, id: lineOf(256).min(1) }) },
      responses: { 200: json(endpointSchema, "The endpoint") },
    },
    async (context) => {
      const { service, id } = context.req.valid("param");
      const found = await find(context, service);
      if (found instanceof Response) return found;
      const endpoint = found.endpoints.find((one) => one.id === id);
      return endpoint === undefined
        ? problem(context, "not-found", "the service has no such endpoint")
        : context.json(endpoint);
    },
  );
}

async function find(context: ApiContext, service: string): Promise<ServiceView | Response> {
  if (!(await hasService(context.env, service, context.get("nowMs"))))
    return problem(context, "not-found", "the mesh has no such service");
  const [described, problems] = await Promise.all([
    describeWhole(context.env, service),
    edgeProblems(context.env, context.get("nowMs")),
  ]);
  switch (described.state) {
    case "described":
      return viewOf(described.whole, problems === null ? undefined : (problems.services[service] ?? []));
    case "unknown":
      return problem(context, "not-found", "the mesh that its objects run has no such service yet");
    case "away":
      return problem(context, "unavailable", "the object of the service gave no answer", {
        headers: { "retry-after": "5" },
      });
  }
}
