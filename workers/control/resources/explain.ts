import { z } from "@hono/zod-openapi";
import { HTTP_METHODS } from "../../../src/config/schema/names.ts";
import type { ApiContext } from "../context.ts";
import { type Api, json, jsonBody, operation } from "../http/operation.ts";
import { problem } from "../http/problem.ts";
import { askEdge, type EdgeAnswer } from "../live/edge.ts";

const questionSchema = z
  .strictObject({
    url: z
      .string()
      .max(4_096)
      .refine((text) => /^https?:\/\//i.test(text) && URL.canParse(text), {
        error: "is not an absolute http or https URL",
      }),
    method: z.enum(HTTP_METHODS.filter((method) => method !== "TRACE" && method !== "CONNECT")).optional(),
    headers: z
      .record(
        z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, { error: "is not a header name" }),
        z
          .string()
          .max(4_096)
          .regex(/^[\t\x20-\x7e]*$/, { error: "is not a header value" }),
      )
      .refine((headers) => Object.keys(headers).length <= 32, { error: "are more than 32" })
      .optional(),
  })
  .openapi("ExplainRequest");

export function addExplain(api: Api): void {
  operation(
    api,
    {
      method: "post",
      path: "/v1/explain",
      operationId: "explain",
      tags: ["services"],
      summary: "Why a request would go where it goes; it is not sent",
      description:
        "Answered by an isolate of the edge near this Worker, with what it knows. Tokens, keys and passwords among the headers are checked, and shown nowhere.",
      needs: { scopes: ["read"], services: "all" },
      problems: ["bad-gateway"],
      request: { body: jsonBody(questionSchema) },
      responses: { 200: json(z.looseObject({ meshVersion: z.string() }).openapi("Explanation"), "The explanation") },
    },
    async (context) => {
      const { url, method = "GET", headers = {} } = context.req.valid("json");
      const form = new URLSearchParams({ url, method });
      for (const [name, value] of Object.entries(headers)) form.append("header", `${name}:${value}`);
      return fromEdge(context, await askEdge(context.env, "/.heddle/explain", form));
    },
  );
  operation(
    api,
    {
      method: "get",
      path: "/v1/edge",
      operationId: "readEdge",
      tags: ["services"],
      summary: "What an isolate of the edge knows and does",
      description: "One near this Worker; others differ.",
      needs: { scopes: ["read"], services: "all" },
      problems: ["bad-gateway"],
      responses: { 200: json(z.looseObject({ meshVersion: z.string() }).openapi("EdgeState"), "The state") },
    },
    async (context) => fromEdge(context, await askEdge(context.env, "/.heddle/state")),
  );
}

function fromEdge(context: ApiContext, answer: EdgeAnswer): Response {
  return answer.ok ? context.json(answer.value) : problem(context, "bad-gateway", answer.detail);
}
