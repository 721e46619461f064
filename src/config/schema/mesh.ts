/**
 * The schema of a mesh config: the only source of its types, defaults, JSON Schema, reference and of what the decoder
 * accepts. Field names follow the Gateway API's HTTPRoute for routes and Envoy, in camelCase, for services.
 */
import * as z from "zod";
import { secretFindings } from "../lint/secrets.ts";
import { meshAuthenticationSchema } from "./authentication/authentication.ts";
import { meshAuthorizationSchema } from "./authorization/authorization.ts";
import { meshCredentials } from "./credentials/credentials.ts";
import { meshDiscoverySchema } from "./discovery.ts";
import { edgeSchema } from "./edge.ts";
import { recordOf, withFindings } from "./finding.ts";
import { lintSchema } from "./lint.ts";
import { listenersSchema, routingSchema } from "./listeners.ts";
import { SERVICE_NAME_MESSAGE, SERVICE_NAME_PATTERN } from "./names.ts";
import { notificationsSchema } from "./notifications.ts";
import { meshRateLimits } from "./rate-limits.ts";
import { referenceFindings } from "./references.ts";
import { rolloutsSchema } from "./rollouts.ts";
import { routeSchema } from "./routes.ts";
import { serviceSchema } from "./service.ts";
import { group, required, setting, withDefaults } from "./setting.ts";
import { telemetrySchema } from "./telemetry.ts";

const services = recordOf(SERVICE_NAME_PATTERN, SERVICE_NAME_MESSAGE, serviceSchema);

const shape = withFindings(
  z.strictObject({
    $schema: z.string().max(2_048).optional().describe("Where editors find the JSON Schema; ignored. Default: none."),
    ...withDefaults({
      listeners: setting(
        listenersSchema,
        "Where requests come in. The most specific listener of a request's port takes it, and only the routes attached there see it.",
        [],
        "one that takes everything",
      ),
    }),
    routing: group(routingSchema, "How routes are chosen."),
    services: required(services, "Services by name: 1 to 143 letters, digits, dots, dashes or underscores."),
    ...withDefaults({
      rollouts: setting(
        rolloutsSchema,
        "Rollouts by name: requests move from one service to another in steps, as long as the newcomer does well.",
        {},
        "traffic stays where the routes send it",
      ),
    }),
    authentication: group(meshAuthenticationSchema, "Who may be believed to be whom."),
    authorization: group(meshAuthorizationSchema, "Who may do what, wherever a request goes."),
    ...withDefaults({ credentials: meshCredentials, rateLimits: meshRateLimits }),
    discovery: group(meshDiscoverySchema, "What the sources of found endpoints share."),
    routes: required(z.array(routeSchema).max(10_000), "Which requests go to which services."),
    ...withDefaults({
      notifications: setting(
        notificationsSchema,
        "Who is told of what happens, by webhook. Events are kept and shown whether or not anybody is told.",
        [],
        "nobody is told",
      ),
    }),
    edge: group(edgeSchema, "How the edge itself behaves."),
    telemetry: group(telemetrySchema, "What is told of single requests."),
    lint: group(lintSchema, "What is looked for in the config itself; it does nothing to requests."),
  }),
  referenceFindings,
);

export const meshSchema = withFindings(shape, secretFindings);

/** A decoded config: every fixed default filled in, durations still as text. */
export type MeshConfig = z.output<typeof meshSchema>;
/** A config as a user writes it. */
export type MeshConfigInput = z.input<typeof meshSchema>;

export type ServiceConfig = MeshConfig["services"][string];
export type RouteConfig = MeshConfig["routes"][number];
export type RuleConfig = RouteConfig["rules"][number];
