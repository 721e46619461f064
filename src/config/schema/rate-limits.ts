/** Rate limits: by name at the top of the config, or in place where a route or a rule has one of its own. */
import * as z from "zod";
import { MAX_LOG_LIMIT } from "../../core/rate-limit/sliding-log.ts";
import { duration } from "./duration.ts";
import { recordOf, withFindings } from "./finding.ts";
import { headerName, NAME_MESSAGE, NAME_PATTERN, name } from "./names.ts";
import { rateLimitFindings } from "./rate-limits-rules.ts";
import { derived, required, setting, withDefaults } from "./setting.ts";

const UNITS = z.int().min(1).max(1_000_000_000);
const partName = () => z.string().min(1).max(256);

const keyPart = z.union([
  z.enum(["ip", "principal", "country", "asn", "host", "method", "path", "route"]),
  z.strictObject({
    ip: required(
      z.strictObject(
        withDefaults({
          v6Prefix: setting(
            z.int().min(16).max(128),
            "First bits of an IPv6 address that count.",
            64,
            "what one household has",
          ),
        }),
      ),
      "The caller's address.",
    ),
  }),
  z.strictObject({ header: required(headerName(), "Value of a header.") }),
  z.strictObject({ cookie: required(partName(), "Value of a cookie.") }),
  z.strictObject({
    query: required(partName(), "Value of a query parameter; none where it is there twice with different values."),
  }),
  z.strictObject({
    claim: required(
      z.union([partName(), z.array(partName()).min(1).max(8)]),
      "A claim of the credential: its name, or the members on the way to it.",
    ),
  }),
]);

const costByHeader = z.strictObject({
  header: required(
    headerName(),
    "Header of the request that says it: a whole number. Let nobody say it whom you do not trust with it.",
  ),
  ...withDefaults({
    default: setting(z.int().min(1).max(1_000_000), "Of requests that do not say.", 1, "as of most requests"),
    max: setting(z.int().min(1).max(1_000_000), "The most that a request may say; more is this.", 100, "a bound"),
  }),
});

/** What one of its own may say; those with a name say the same. */
export const rateLimitSchema = withFindings(
  z.strictObject({
    ...withDefaults({
      algorithm: derived(
        z.enum(["token-bucket", "sliding-window", "sliding-log", "quota", "concurrency"]),
        "token-bucket: `limit` units flow in per window, up to `burst` are kept. sliding-window: by two counts, at most twice the limit in an unlucky window. sliding-log: never more in any window, exactly; keeps the time of every unit. quota: so many each day or month, in UTC. concurrency: so many at once, until the head of the answer.",
        "token-bucket, which is even and keeps a number for each key; sliding-window for scope colo, whose binding counts so",
      ),
    }),
    limit: required(UNITS, `Units in a window or period, or requests at once. sliding-log: at most ${MAX_LOG_LIMIT}.`),
    ...withDefaults({
      window: derived(
        duration("1s", "24h"),
        "The time that `limit` is for.",
        "required, but for quota and concurrency",
      ),
      burst: derived(UNITS, "Of token-bucket: units that may be used at once after a pause.", "`limit`"),
      period: derived(z.enum(["day", "month"]), "Of quota: begins at midnight UTC.", "required for quota"),
      maxHold: derived(
        duration("1s", "10m"),
        "Of concurrency: a place that nobody gave back, since its caller left, is free again after this.",
        "1m",
      ),
      key: setting(
        z.array(keyPart).max(8),
        "What is counted apart: all parts together. Empty: everything is counted together. Requests that lack a part share a count.",
        ["ip"],
        "nobody uses up what others need",
      ),
      cost: setting(
        z.union([z.int().min(1).max(1_000_000), costByHeader]),
        "Units of a request.",
        1,
        "a unit is a request",
      ),
      scope: derived(
        z.enum(["local", "colo", "global"]),
        "Who counts together. local: an isolate, of which there are many. colo: a data centre, by the platform's rate-limit binding. global: everybody, by an object that lends isolates parts of the limit.",
        "local; global for quota, since isolates do not live for days",
      ),
      binding: derived(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, { error: "must be the name of a binding" }),
        "Of scope colo: the binding, whose limit and period in wrangler.toml are `limit` and `window`.",
        "required for colo",
      ),
      exact: setting(
        z.boolean(),
        "Of scope global: nothing passes that the object has not lent, not even the first request of a key at an isolate, which waits for it, for half a second at most. Otherwise that one passes and is counted after.",
        false,
        "nobody waits; at most one request too many for each isolate",
      ),
      onFailure: derived(
        z.enum(["open", "closed"]),
        "What holds while the binding or the object cannot be asked. open: each isolate counts the whole limit by itself. closed: refusal.",
        "open",
      ),
      dryRun: setting(
        z.boolean(),
        "Refuses nothing: what it would have refused is counted and written to the log.",
        false,
        "it is meant",
      ),
      headers: setting(
        z.boolean(),
        "Whether answers say what is left: RateLimit, RateLimit-Policy, and RateLimit-Limit, -Remaining, -Reset.",
        true,
        "callers can slow down before they are refused; off, answers need not be copied",
      ),
    }),
  }),
  rateLimitFindings,
);

/** Of the mesh. */
export const meshRateLimits = setting(
  recordOf(NAME_PATTERN, NAME_MESSAGE, rateLimitSchema),
  "Rate limits by name, for routes and rules to refer to. Those who refer to the same count together.",
  {},
  "nothing is limited but by routes and rules themselves",
);

/** Of a route or a rule. */
export const rateLimitRefs = z.array(z.union([name(), rateLimitSchema])).max(16);

export type RateLimitConfig = z.output<typeof rateLimitSchema>;
export type RateLimitRefConfig = z.output<typeof rateLimitRefs>[number];
export type KeyPartConfig = z.output<typeof keyPart>;
