/**
 * The schema of a mesh config: the only source of its types, defaults, JSON Schema, reference and of what the decoder
 * accepts. Field names follow the Gateway API's HTTPRoute for routes and Envoy, in camelCase, for services.
 */
import * as z from "zod";
import { edgeSchema } from "./edge.ts";
import { isRecord, recordOf, withFindings } from "./finding.ts";
import { NAME_MESSAGE, NAME_PATTERN } from "./names.ts";
import { referenceFindings } from "./references.ts";
import { routeSchema } from "./routes.ts";
import { serviceSchema } from "./service.ts";
import { group, required } from "./setting.ts";

const services = withFindings(recordOf(NAME_PATTERN, NAME_MESSAGE, serviceSchema), function* (value) {
  if (isRecord(value) && Object.keys(value).length === 0) yield { path: [], message: "must name at least one service" };
});

export const meshSchema = withFindings(
  z.strictObject({
    $schema: z.string().max(2_048).optional().describe("Where editors find the JSON Schema; ignored. Default: none."),
    services: required(services, "Services by name: 1 to 63 letters, digits, dots, dashes or underscores."),
    routes: required(z.array(routeSchema).min(1).max(10_000), "Which requests go to which services."),
    edge: group(edgeSchema, "How the edge itself behaves."),
  }),
  referenceFindings,
);

/** A decoded config: every fixed default filled in, durations still as text. */
export type MeshConfig = z.output<typeof meshSchema>;
/** A config as a user writes it. */
export type MeshConfigInput = z.input<typeof meshSchema>;

export type ServiceConfig = MeshConfig["services"][string];
export type RouteConfig = MeshConfig["routes"][number];
export type RuleConfig = RouteConfig["rules"][number];
