import { z } from "@hono/zod-openapi";
import { monitorName } from "../../../src/core/monitor/monitor-name.ts";
import { OVERRIDE_ACTIONS } from "../../../src/core/monitor/override.ts";
import { recordChange } from "../access/audit.ts";
import { mayTouch } from "../access/caller.ts";
import type { ApiContext } from "../context.ts";
import type { ControlEnvironment } from "../environment.ts";
import { ask } from "../http/ask.ts";
import { type Api, json, jsonBody, operation } from "../http/operation.ts";
import { decodeCursor, encodeCursor, pageAfter, pageOf, pageQuery } from "../http/page.ts";
import { problem } from "../http/problem.ts";
import { describeRoots, describeWhole } from "../live/monitors.ts";
import { type OverrideView, overridesOf, overrideView } from "../live/override-view.ts";
import { hasService, servicesFor } from "../live/services.ts";
import { durationText, lineOf, serviceName, servicePath } from "./schemas.ts";
import { overrideSchema } from "./service-shapes.ts";

/** Each is a call of its own; the page then ends early. */
const MAX_SERVICES_LOOKED_AT = 100;
const MAX_FOR_MS = 30 * 86_400_000;
const name = lineOf(256).min(1);

const commandSchema = z
  .strictObject({
    target: z.union([
      z.strictObject({ endpoint: name }),
      z.strictObject({ cloud: name, region: name }),
      z.strictObject({ cloud: name }),
    ]),
    action: z.enum(OVERRIDE_ACTIONS),
    percent: z.number().min(0).max(1_000).optional(),
    for: durationText({ minMs: 1_000, maxMs: MAX_FOR_MS }).optional(),
    forMs: z.int().min(1_000).max(MAX_FOR_MS).optional(),
    reason: lineOf(256).optional(),
    force: z.boolean().optional(),
  })
  .refine(({ action, percent }) => (action === "weight") === (percent !== undefined), {
    path: ["percent"],
    message: "goes with the action weight, and has to be there for it",
  })
  .refine((command) => command.for === undefined || command.forMs === undefined, {
    path: ["forMs"],
    message: "says the same as `for`: give one of them",
  })
  .openapi("NewOverride");

const operatedSchema = z
  .object({
    override: overrideSchema,
    cleared: z.array(z.looseObject({ id: z.string() })),
    impact: z.object({ endpoints: z.number(), left: z.number(), serving: z.number(), wasServing: z.number() }),
    warning: z.string().nullable(),
  })
  .openapi("Operated");

export function addOverrides(api: Api): void {
  const operateNamed = { scopes: ["operate"], services: "named" } as const;
  operation(
    api,
    {
      method: "get",
      path: "/v1/overrides",
      operationId: "listOverrides",
      tags: ["overrides"],
      summary: "Overrides in force, with what has become of them",
      needs: { scopes: ["read"], services: "filtered" },
      request: { query: z.strictObject({ ...pageQuery, service: serviceName.optional() }) },
      responses: {
        200: json(pageOf(overrideSchema).extend({ missing: z.array(z.string()) }), "Overrides by service and id"),
      },
    },
    async (context) => {
      const { limit, cursor, service } = context.req.valid("query");
      const caller = context.get("caller");
      const all = await servicesFor(context.env, caller);
      if (service !== undefined && !mayTouch(caller, service)) {
        return problem(context, "forbidden", "the token is limited to other services");
      }
      const names = service === undefined ? all : all.filter((one) => one === service);
      const after = cursor === undefined ? null : decodeCursor(cursor);
      const from = after === null ? names : names.filter((one) => one >= after.split("/")[0]!);
      const looked = from.slice(0, MAX_SERVICES_LOOKED_AT);
      const { found, missing } = await overridesOfAll(context.env, looked);
      const page = pageAfter(found, keyOf, after, limit);
      const isMore = page.next === null && from.length > looked.length;
      return context.json({ ...page, ...(isMore && { next: encodeCursor(`${looked.at(-1)}/\uffff`) }), missing });
    },
  );
  operation(
    api,
    {
      method: "post",
      path: "/v1/services/{service}/overrides",
      operationId: "addOverride",
      tags: ["overrides"],
      summary: "Drains, disables, forces or reweights endpoints; in force within 5 s",
      description:
        "A later word of the same kind on the same target replaces the earlier. It is refused when no endpoint would be left, unless `force` is true. Without `for` it stays until it is cleared.",
      needs: operateNamed,
      problems: ["not-found"],
      request: { params: servicePath, body: jsonBody(commandSchema) },
      responses: { 201: json(operatedSchema, "The override") },
    },
    async (context) => {
      const { service } = context.req.valid("param");
      const { for: forText, forMs = forText, target, action, percent, reason, force } = context.req.valid("json");
      if (!(await hasService(context.env, service, context.get("nowMs"))))
        return problem(context, "not-found", "the mesh has no such service");
      const reply = await ask("the object of the service", () =>
        rootOf(context, service).operate({
          target,
          action,
          ...(percent !== undefined && { percent }),
          ...(forMs !== undefined && { forMs }),
          ...(reason !== undefined && { reason }),
          ...(force !== undefined && { force }),
          by: context.get("caller").name.slice(0, 256),
        }),
      );
      if (!reply.ok) return refused(context, reply);
      const { override, cleared, impact, warning } = reply;
      if (override === null) throw new Error(`an override of ${service} was said and is not there`);
      const { id } = override;
      await recordChange(context, {
        action: `override.${action}`,
        target: `${service}/${id}`,
        service,
        before: cleared.length === 0 ? null : cleared,
        after: override,
      });
      const headers = { location: `/v1/services/${service}/overrides/${id}` };
      const view = overrideView(service, { ...override, matches: 0 }, "in-force");
      const isOut = action === "drain" || action === "disable" || (action === "weight" && percent === 0);
      return context.json(
        {
          override: { ...view, state: isOut ? "draining" : "in-force" },
          cleared: cleared.map(finite),
          impact,
          warning,
        },
        201,
        headers,
      );
    },
  );
  operation(
    api,
    {
      method: "delete",
      path: "/v1/services/{service}/overrides/{id}",
      operationId: "clearOverride",
      tags: ["overrides"],
      summary: "Takes an override back",
      needs: operateNamed,
      problems: ["not-found", "conflict"],
      request: { params: z.strictObject({ service: serviceName, id: lineOf(256).min(1) }) },
      responses: { 204: { description: "It is not in force any more" } },
    },
    async (context) => {
      const { service, id } = context.req.valid("param");
      if (!(await hasService(context.env, service, context.get("nowMs"))))
        return problem(context, "not-found", "the mesh has no such service");
      const by = context.get("caller").name.slice(0, 256);
      const reply = await ask("the object of the service", () =>
        rootOf(context, service).operate({ action: "clear", id, by }),
      );
      if (!reply.ok) return refused(context, reply);
      await recordChange(context, {
        action: "override.clear",
        target: `${service}/${id}`,
        service,
        before: reply.cleared.map(finite),
        after: null,
      });
      return context.body(null, 204);
    },
  );
}

function keyOf({ service, id }: OverrideView): string {
  return `${service}/${id}`;
}

/** Overrides in the order of their keys, and services that gave no answer. */
async function overridesOfAll(
  env: ControlEnvironment,
  services: readonly string[],
): Promise<{ readonly found: readonly OverrideView[]; readonly missing: readonly string[] }> {
  const found: OverrideView[] = [];
  const missing: string[] = [];
  for (const { service, root } of await describeRoots(env, services)) {
    if (root.state === "away") missing.push(service);
    if (root.state !== "described" || root.description.overrides.length === 0) continue;
    const described = await describeWhole(env, service);
    if (described.state === "described") found.push(...overridesOf(described.whole));
    else missing.push(service);
  }
  return { found: found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)), missing };
}

function rootOf(context: ApiContext, service: string) {
  return context.env.SERVICE_MONITOR.getByName(monitorName(service, "root"));
}

/** JSON has no Infinity: null is until it is cleared. */
function finite<T extends { readonly untilMs: number }>(override: T): Omit<T, "untilMs"> & { untilMs: number | null } {
  return { ...override, untilMs: Number.isFinite(override.untilMs) ? override.untilMs : null };
}

function refused(context: ApiContext, reply: { readonly error: string; readonly detail: string }): Response {
  const { error, detail } = reply;
  const members = { error };
  switch (error) {
    case "unknown_override":
    case "unknown_service":
    case "not_configured":
      return problem(context, "not-found", detail, { members });
    case "unknown_endpoint":
    case "invalid_command":
      return problem(context, "invalid-content", detail, { members, faults: [{ path: "target", message: detail }] });
    default:
      return problem(context, "conflict", detail, { members });
  }
}
