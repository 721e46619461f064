import { z } from "@hono/zod-openapi";
import type { ReachSummary } from "../../../src/core/monitor/reach.ts";
import { type Api, json, operation } from "../http/operation.ts";
import { mapInParallel } from "../live/in-parallel.ts";
import { headVersion } from "../live/mesh-config.ts";
import { describeWhole } from "../live/monitors.ts";
import { servicesFor } from "../live/services.ts";

/** Isolates report for each service that they use. The busiest would do; a few are asked, since nobody says which that is. */
const MAX_SERVICES = 8;

const reachSchema = z
  .object({
    digest: z.string().nullable(),
    version: z.number(),
    isolates: z.number().openapi({ description: "That reported lately, of the service that most of them report for." }),
    current: z.number().openapi({ description: "Of those, the ones that run the version in force." }),
    meshes: z.array(z.object({ version: z.string(), reporters: z.number() })),
    refused: z.array(z.object({ reason: z.string(), isolates: z.number() })),
    missing: z.array(z.string()),
  })
  .openapi("Reach");

export function addReach(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/config/reach",
      operationId: "readReach",
      tags: ["config"],
      summary: "How many isolates run the version in force, and which refused it",
      needs: { scopes: ["read"], services: "all" },
      responses: { 200: json(reachSchema, "As isolates said last") },
    },
    async (context) => {
      const head = await headVersion(context.env);
      const services = (await servicesFor(context.env, context.get("caller"))).slice(0, MAX_SERVICES);
      const asked = await mapInParallel(services, 2, async (service) => ({
        service,
        described: await describeWhole(context.env, service),
      }));
      const digest = head?.digest ?? null;
      const seen = asked.flatMap(({ described }) =>
        described.state === "described" ? [summed(described.whole.regions.map(({ reach }) => reach))] : [],
      );
      const fullest = seen.reduce((most, one) => (one.isolates > most.isolates ? one : most), summed([]));
      const refused = new Map<string, number>();
      for (const { refusals } of seen) {
        for (const { version, reason, reporters } of refusals) {
          if (version === digest) refused.set(reason, Math.max(refused.get(reason) ?? 0, reporters));
        }
      }
      return context.json({
        digest,
        version: head?.version ?? 0,
        isolates: fullest.isolates,
        current: fullest.meshes.find(({ version }) => version === digest)?.reporters ?? 0,
        meshes: fullest.meshes,
        refused: [...refused].map(([reason, isolates]) => ({ reason, isolates })),
        missing: asked.flatMap(({ service, described }) =>
          described.state === "described"
            ? described.whole.missing.map((region) => `${service}/${region}`)
            : described.state === "away"
              ? [service]
              : [],
        ),
      });
    },
  );
}

/** Regions together. */
function summed(summaries: readonly ReachSummary[]) {
  const meshes = new Map<string, number>();
  for (const { version, reporters } of summaries.flatMap((one) => one.meshes)) {
    meshes.set(version, (meshes.get(version) ?? 0) + reporters);
  }
  return {
    isolates: [...meshes.values()].reduce((sum, one) => sum + one, 0),
    meshes: [...meshes].map(([version, reporters]) => ({ version, reporters })),
    refusals: summaries.flatMap((one) => one.refusals),
  };
}
