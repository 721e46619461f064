/** Routes in the shape of the Gateway API's HTTPRoute, less what names Kubernetes objects. */
import * as z from "zod";
import { authenticateSchema } from "./authentication/authentication.ts";
import { authorizeSchema } from "./authorization/authorization.ts";
import { boundsOverrideSchema, boundsSchema } from "./bounds.ts";
import { backendFilters, ruleFilterFindings, ruleFilters } from "./filters.ts";
import { withFindings } from "./finding.ts";
import { hashOn } from "./load-balancing.ts";
import { matchSchema } from "./matches.ts";
import { hostname, name, placedName } from "./names.ts";
import { rateLimitRefs } from "./rate-limits.ts";
import { hedgeOverrideSchema, retryOverrideSchema, timeoutsOverrideSchema } from "./request-policy.ts";
import { sessionPersistenceSchema } from "./session-persistence.ts";
import { derived, required, setting, withDefaults } from "./setting.ts";

const { weight } = withDefaults({
  weight: setting(
    z.int().min(0).max(1_000_000),
    "Share of the rule's requests relative to the others; 0 gets nothing.",
    1,
    "as in the Gateway API, also the range",
  ),
});

const backendRef = z.union([
  z.strictObject({
    service: required(placedName(), "Name or alias of the service."),
    ...withDefaults({
      subset: derived(name(), "One of the service's subsets.", "the whole service"),
      filters: setting(backendFilters, "Done to what goes there, after the rule's own filters.", [], "nothing is"),
    }),
    weight,
  }),
  z.strictObject({
    rollout: required(
      name(),
      "Name of a rollout: the requests are divided between its two sides as far as it has come.",
    ),
    ...withDefaults({
      filters: setting(
        backendFilters,
        "Done to what goes to either side, after the rule's own filters.",
        [],
        "nothing is",
      ),
    }),
    weight,
  }),
  z.strictObject({
    invalid: required(
      z.string().min(1).max(1_024),
      "Why there is no service that may be used. This backend's share of the requests gets 500, as the Gateway API says.",
    ),
    weight,
  }),
]);

const ruleSchema = z.strictObject({
  ...withDefaults({
    name: derived(placedName(), "Name of the rule, unique in its route.", "rule-<index>"),
    matches: setting(
      z.array(matchSchema).min(1).max(256),
      "The rule is used when one of them fits. Which one wins over those of other rules: routing.precedence.",
      [{ path: { type: "PathPrefix", value: "/", ignoreCase: false }, headers: [], queryParams: [] }],
      "every request, as in the Gateway API",
    ),
    filters: setting(ruleFilters, "Done to requests and answers.", [], "nothing is"),
    backendRefs: setting(
      z.array(backendRef).max(256),
      "Services that answer, by weight. A rule without any, or with weights of 0 only, answers 500 unless a filter answers.",
      [],
      "as in the Gateway API",
    ),
    splitOn: setting(
      z.array(hashOn).max(8),
      "What keeps a caller on its side of a weighted split: the first that a request has is hashed.",
      [],
      "every request is drawn anew, as in the Gateway API",
    ),
    authentication: derived(
      authenticateSchema,
      "Who its callers are, in place of what the route says.",
      "what the route says",
    ),
    authorization: derived(
      authorizeSchema,
      "Who may do what here, together with what the mesh and the route say.",
      "what the mesh and the route say",
    ),
    bounds: derived(
      boundsOverrideSchema,
      "What its requests may look like at most; what is not said here is as the route says, else as a route's bounds default to.",
      "what the route says",
    ),
    rateLimits: derived(
      rateLimitRefs,
      "How much its callers may ask for: names of `rateLimits`, or limits of its own. Those of its route hold as well.",
      "what the route says",
    ),
    sessionPersistence: derived(
      sessionPersistenceSchema,
      "Keeps the requests of a session at one endpoint while it is available.",
      "requests go where the services' own settings say",
    ),
  }),
  timeouts: timeoutsOverrideSchema.optional().describe("Overrides of the services' timeouts. Default: none."),
  retry: retryOverrideSchema.optional().describe("Overrides of the services' retry. Default: none."),
  hedge: hedgeOverrideSchema.optional().describe("Overrides of the services' hedge. Default: none."),
});
withFindings(ruleSchema, ruleFilterFindings);

export const routeSchema = z.strictObject({
  ...withDefaults({
    name: derived(placedName(), "Name of the route, unique. Seen in headers and metrics.", "route-<index>"),
    listeners: derived(
      z.array(placedName()).min(1).max(1_024),
      "Listeners it is attached to, by name. It sees only their requests.",
      "all listeners",
    ),
    hostnames: setting(
      z.array(hostname()).min(1).max(1_024),
      'Hosts it serves: a name, "*.example.com" for any name below, or "*". An exact name wins over the longest wildcard.',
      ["*"],
      "every host, as in the Gateway API",
    ),
    authentication: derived(
      authenticateSchema,
      "Who the callers of its rules are: providers of `authentication`.",
      "nobody is asked",
    ),
    authorization: derived(
      authorizeSchema,
      "Who may do what on its rules, together with what the mesh says.",
      "what the mesh says",
    ),
    bounds: derived(
      boundsSchema,
      "What requests may look like at most: methods, sizes, pace, paths and callers. `{}` asks for the defaults.",
      "what the platform bounds",
    ),
    rateLimits: derived(
      rateLimitRefs,
      "How much the callers of its rules may ask for: names of `rateLimits`, or limits of its own, whose counts its rules share. All have to allow a request; those of scope local are asked first, then colo, then global.",
      "as much as they like",
    ),
  }),
  rules: required(
    z.array(ruleSchema).min(1).max(10_000),
    "What to do with a request, by what it looks like: 1 to 10000 rules.",
  ),
});
