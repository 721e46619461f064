/** Filters that change where a request goes: redirect and URL rewrite, with the ways of replacing a path. */
import * as z from "zod";
import { type Finding, isRecord, withFindings } from "./finding.ts";
import { derived, required, setting, withDefaults } from "./setting.ts";

/** A name without wildcards, or an address. */
const preciseHostname = () =>
  z
    .string()
    .max(253)
    .regex(
      /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*|\[[0-9A-Fa-f:.]+\])$/,
      {
        error: "must be a host name without a port and without wildcards",
      },
    );

/** Printable ASCII: it goes into a Location header and a request line as it is. */
const newPath = (pattern: RegExp, error: string) =>
  z
    .string()
    .max(1_024)
    .regex(pattern, { error, abort: true })
    .refine((path) => !/\/\.{1,2}(\/|$)|\\|%2e/i.test(path), { error: "must not hold dot segments or backslashes" });

const fullPath = newPath(
  /^\/[!-~]*$/,
  'must start with "/" and be printable ASCII, percent-encoded where needed',
).regex(/^[^?#]*$/, { error: 'must not hold "?" or "#": the query of the request is kept' });
const prefix = newPath(/^(\/[!-~]*)?$/, 'must be empty or start with "/", in printable ASCII').regex(/^[^?#]*$/, {
  error: 'must not hold "?" or "#": the query of the request is kept',
});

const pathModifier = z.discriminatedUnion("type", [
  z.strictObject({
    type: required(z.literal("ReplaceFullPath"), "The whole path."),
    replaceFullPath: required(fullPath, "The new path."),
  }),
  z.strictObject({
    type: required(z.literal("ReplacePrefixMatch"), "What the rule's PathPrefix or StringPrefix matched."),
    replacePrefixMatch: required(prefix, "The new prefix; of a PathPrefix without regard to a trailing slash."),
  }),
]);

const redirectSettings = {
  scheme: derived(z.enum(["http", "https"]), "Scheme of the new location.", "that of the request"),
  hostname: derived(preciseHostname(), "Host of the new location.", "that of the request"),
  path: derived(pathModifier, "How the path is changed.", "the path stays"),
  port: derived(
    z.int().min(1).max(65_535),
    "Port of the new location; left out where it is the scheme's own.",
    "the well-known one of a scheme that is set, else the listener's (as in the Gateway API)",
  ),
  statusCode: setting(
    z.literal([301, 302, 303, 307, 308]),
    "Status of the answer. One of: 301, 302, 303, 307, 308.",
    302 as const,
    "as in the Gateway API",
  ),
  stripQuery: setting(z.boolean(), "Whether the query is left out of the new location.", false, "as in Envoy"),
};

export const requestRedirect = z.strictObject(withDefaults(redirectSettings));

export const urlRewrite = withFindings(
  z.strictObject(
    withDefaults({
      hostname: derived(
        preciseHostname(),
        "Host that the endpoint is told, in X-Forwarded-Host and Forwarded: the platform takes Host itself from the URL that is fetched.",
        "that of the request",
      ),
      path: derived(pathModifier, "How the path is changed.", "the path stays"),
    }),
  ),
  function* (value): Iterable<Finding> {
    if (!isRecord(value) || value.hostname !== undefined || value.path !== undefined) return;
    yield { path: [], message: "changes nothing: neither hostname nor path is given" };
  },
);
