/** Routes in the shape of the Gateway API's HTTPRoute, less what names Kubernetes objects. */
import * as z from "zod";
import { type Finding, isRecord, withFindings } from "./finding.ts";
import { HTTP_METHODS, headerName, headerValue, name } from "./names.ts";
import { hedgeOverrideSchema, retryOverrideSchema, timeoutsOverrideSchema } from "./request-policy.ts";
import { derived, group, required, setting, withDefaults } from "./setting.ts";

const HOSTNAME_PATTERN =
  /^(\*|(\*\.)?([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)*[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)$/;

const hostname = z
  .string()
  .max(253)
  .regex(HOSTNAME_PATTERN, { error: 'must be a host name without a port, "*.example.com" or "*"' });

const pathValue = z
  .string()
  .max(1_024)
  .regex(/^\/[^\s?#]*$/, { error: 'must start with "/" and hold no spaces, "?" or "#"', abort: true })
  .refine((path) => !/\/\/|\/\.{1,2}(\/|$)|%2[fF]/.test(path), {
    error: 'must not hold "//", "/./", "/../" or "%2F": no request path matches them reliably',
  });

const path = z.strictObject(
  withDefaults({
    type: setting(
      z.enum(["Exact", "PathPrefix"]),
      "Exact: the whole path. PathPrefix: by path element, so /shop matches /shop/cart and not /shopping; a trailing slash is ignored.",
      "PathPrefix",
      "as in the Gateway API",
    ),
    value: setting(pathValue, "The path, as it is received: percent-encoding is kept.", "/", "as in the Gateway API"),
  }),
);

const exactly = setting(
  z.literal("Exact"),
  "How the value is compared. One of: Exact.",
  "Exact" as const,
  "as in the Gateway API",
);

const headerMatch = z.strictObject({
  ...withDefaults({ type: exactly }),
  name: required(headerName(), "Name of the header; case does not matter."),
  value: required(headerValue(), "Its whole value; several are joined by a comma and a space."),
});

const queryParamMatch = z.strictObject({
  ...withDefaults({ type: exactly }),
  name: required(z.string().min(1).max(256), "Name of the parameter, decoded; case matters."),
  value: required(z.string().max(1_024), "Its decoded value; of a repeated parameter the first counts."),
});

const match = z.strictObject({
  path: group(path, "What the path has to be."),
  ...withDefaults({
    method: derived(z.enum(HTTP_METHODS), "What the method has to be.", "any method"),
    headers: setting(
      once(z.array(headerMatch).max(16), (header) => header.toLowerCase(), "header"),
      "Headers that the request has to have, all of them.",
      [],
      "as in the Gateway API",
    ),
    queryParams: setting(
      once(z.array(queryParamMatch).max(16), (param) => param, "query parameter"),
      "Query parameters that the request has to have, all of them.",
      [],
      "as in the Gateway API",
    ),
  }),
});

const backendRef = z.strictObject({
  service: required(name(), "Name of the service."),
  ...withDefaults({
    weight: setting(
      z.int().min(0).max(1_000_000),
      "Share of the rule's requests relative to the others; 0 gets nothing.",
      1,
      "as in the Gateway API, also the range",
    ),
  }),
});

const backendRefs = withFindings(z.array(backendRef).max(16), function* (refs) {
  if (!Array.isArray(refs) || refs.length === 0) return;
  if (!refs.every((ref) => isRecord(ref) && ref.weight === 0)) return;
  yield { path: [], message: "all weights are 0: no request could go anywhere" };
});

const ruleSchema = z.strictObject({
  ...withDefaults({
    name: derived(name(), "Name of the rule, unique in its route.", "rule-<index>"),
    matches: setting(
      z.array(match).min(1).max(64),
      "The rule is used when one of them fits. Over all routes of a host the most specific wins: Exact path, longest prefix, method, most headers, most query parameters, then the first in the file.",
      [{ path: { type: "PathPrefix", value: "/" }, headers: [], queryParams: [] }],
      "every request, as in the Gateway API",
    ),
    backendRefs: setting(
      backendRefs,
      "Services that answer, by weight. A rule without any answers 500.",
      [],
      "as in the Gateway API",
    ),
  }),
  timeouts: timeoutsOverrideSchema.optional().describe("Overrides of the services' timeouts. Default: none."),
  retry: retryOverrideSchema.optional().describe("Overrides of the services' retry. Default: none."),
  hedge: hedgeOverrideSchema.optional().describe("Overrides of the services' hedge. Default: none."),
});

export const routeSchema = z.strictObject({
  ...withDefaults({
    name: derived(name(), "Name of the route, unique. Seen in headers and metrics.", "route-<index>"),
    hostnames: setting(
      z.array(hostname).min(1).max(64),
      'Hosts it serves: a name, "*.example.com" for any name below, or "*". An exact name wins over the longest wildcard.',
      ["*"],
      "every host, as in the Gateway API",
    ),
  }),
  rules: required(
    z.array(ruleSchema).min(1).max(1_000),
    "What to do with a request, by what it looks like: 1 to 1000 rules.",
  ),
});

/** One value for each name: two could never both fit. */
function once<S extends z.ZodType>(schema: S, fold: (name: string) => string, what: string): S {
  return withFindings(schema, function* (list): Iterable<Finding> {
    const seen = new Set<string>();
    for (const [index, entry] of (Array.isArray(list) ? list : []).entries()) {
      if (!isRecord(entry) || typeof entry.name !== "string") continue;
      const key = fold(entry.name);
      if (seen.has(key)) {
        yield {
          path: [index, "name"],
          message: `${what} ${entry.name} is listed twice: all have to fit, and it has one value`,
        };
      }
      seen.add(key);
    }
  });
}
