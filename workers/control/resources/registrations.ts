import { z } from "@hono/zod-openapi";
import { recordChange } from "../access/audit.ts";
import type { ApiContext } from "../context.ts";
import { ask } from "../http/ask.ts";
import { type Api, json, jsonBody, operation } from "../http/operation.ts";
import { decodeCursor, encodeCursor, pageOf, pageQuery } from "../http/page.ts";
import { problem } from "../http/problem.ts";
import { OPTIONAL_JSON } from "../http/read-body.ts";
import { hasService } from "../live/services.ts";
import {
  heartbeatSchema,
  leaseQuery,
  newRegistrationSchema,
  registrationPath,
  registrationSchema,
} from "./registration-shapes.ts";
import { servicePath } from "./schemas.ts";

const REGISTRY = "the registry";
const PATH = "/v1/services/{service}/registrations";
const tags = ["registrations"];

export function addRegistrations(api: Api): void {
  const needs = { scopes: ["register"], services: "named" } as const;
  operation(
    api,
    {
      method: "get",
      path: PATH,
      operationId: "listRegistrations",
      tags,
      summary: "Instances that registered themselves",
      needs: { scopes: ["read", "register"], services: "named" },
      problems: ["not-found"],
      request: { params: servicePath, query: z.strictObject(pageQuery) },
      responses: { 200: json(pageOf(registrationSchema), "Instances by name") },
    },
    async (context) => {
      const { service } = context.req.valid("param");
      const { limit, cursor } = context.req.valid("query");
      if (!(await hasService(context.env, service, context.get("nowMs")))) return unknown(context);
      const after = cursor === undefined ? "" : (decodeCursor(cursor) ?? "");
      const { items, next } = await ask(REGISTRY, () => registryOf(context.env, service).list({ after, limit }));
      return context.json({ items, next: next === null ? null : encodeCursor(next) });
    },
  );
  operation(
    api,
    {
      method: "put",
      path: `${PATH}/{instance}`,
      operationId: "register",
      tags,
      summary: "Registers an instance, or says again where it is",
      description: "It stays for as long as heartbeats come within its time to live.",
      needs,
      repeatable: true,
      problems: ["not-found"],
      request: { params: registrationPath, body: jsonBody(newRegistrationSchema) },
      responses: {
        200: json(registrationSchema.extend({ lease: z.string() }), "It was there"),
        201: json(registrationSchema.extend({ lease: z.string() }), "It is new"),
      },
    },
    async (context) => {
      const { service, instance } = context.req.valid("param");
      const value = context.req.valid("json");
      if (!(await hasService(context.env, service, context.get("nowMs")))) return unknown(context);
      const reply = await ask(REGISTRY, () => registryOf(context.env, service).register(instance, value));
      if (!reply.ok) return refused(context, reply);
      const { registration, lease, isNew } = reply;
      if (isNew) {
        await recordChange(context, {
          kind: "instance",
          action: "registration.add",
          target: `${service}/${instance}`,
          service,
          before: null,
          after: registration,
        });
      }
      return context.json({ ...registration, lease }, isNew ? 201 : 200);
    },
  );
  operation(
    api,
    {
      method: "post",
      path: `${PATH}/{instance}/heartbeat`,
      operationId: "heartbeat",
      tags,
      summary: "Says that an instance is there, how busy it is, and whether it is ready",
      description: "The body may be left out. 404: it is not known any more, and has to register again.",
      needs,
      repeatable: true,
      problems: ["not-found"],
      body: OPTIONAL_JSON,
      request: {
        params: registrationPath,
        body: { required: false, content: { "application/json": { schema: heartbeatSchema } } },
      },
      responses: { 200: json(registrationSchema, "The instance") },
    },
    async (context) => {
      const { service, instance } = context.req.valid("param");
      const value = context.req.valid("json");
      if (!(await hasService(context.env, service, context.get("nowMs")))) return unknown(context);
      const reply = await ask(REGISTRY, () => registryOf(context.env, service).heartbeat(instance, value));
      return reply.ok ? context.json(reply.registration) : refused(context, reply);
    },
  );
  operation(
    api,
    {
      method: "delete",
      path: `${PATH}/{instance}`,
      operationId: "deregister",
      tags,
      summary: "Takes an instance out, at once",
      needs,
      problems: ["not-found", "conflict"],
      request: { params: registrationPath, query: leaseQuery },
      responses: { 204: { description: "It gets nothing new" } },
    },
    async (context) => {
      const { service, instance } = context.req.valid("param");
      const { lease } = context.req.valid("query");
      if (!(await hasService(context.env, service, context.get("nowMs")))) return unknown(context);
      const registry = registryOf(context.env, service);
      const before = await ask(REGISTRY, () => registry.read(instance));
      const reply = await ask(REGISTRY, () => registry.deregister(instance, lease === undefined ? {} : { lease }));
      if (!reply.ok) return refused(context, reply);
      await recordChange(context, {
        kind: "instance",
        action: "registration.remove",
        target: `${service}/${instance}`,
        service,
        before,
        after: null,
      });
      return context.body(null, 204);
    },
  );
}

function unknown(context: ApiContext): Response {
  return problem(context, "not-found", "the mesh has no such service", { members: { error: "unknown_service" } });
}

function registryOf(env: ApiContext["env"], service: string) {
  return env.REGISTRY.getByName(service);
}

interface Refused {
  readonly error: string;
  readonly detail: string;
  readonly faults?: readonly { readonly path: string; readonly message: string }[];
}

function refused(context: ApiContext, { error, detail, faults }: Refused): Response {
  const members = { error };
  switch (error) {
    case "unknown_service":
    case "unknown_instance":
      return problem(context, "not-found", detail, { members });
    case "invalid_request":
      return problem(context, "invalid-content", "the registration has faults", { members, faults: faults ?? [] });
    default:
      return problem(context, "conflict", detail, { members });
  }
}
