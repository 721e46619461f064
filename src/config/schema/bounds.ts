/** What requests may look like at most. A route's bounds hold for its rules; a rule says otherwise field by field. */
import * as z from "zod";
import { duration } from "./duration.ts";
import { withRule } from "./finding.ts";
import { HTTP_METHODS } from "./names.ts";
import { patternFindings } from "./patterns.ts";
import { asOverrides, required, setting, withDefaults } from "./setting.ts";

const { type, value } = {
  ...withDefaults({
    type: setting(
      z.enum(["Exact", "PathPrefix", "RegularExpression"]),
      "Exact: the whole path. PathPrefix: by path element. RegularExpression: RE2 syntax, and the whole path has to match.",
      "PathPrefix",
      "as in the Gateway API",
    ),
  }),
  value: required(z.string().max(2_048), "The path; upper and lower case are the same."),
};

const deniedPath = withRule(z.strictObject({ type, value }), { type, value }, function* (path) {
  if (path.type === "RegularExpression") {
    yield* patternFindings(path.value, true);
  } else if (!path.value.startsWith("/") || /[\s?#]/.test(path.value)) {
    yield { path: ["value"], message: 'must start with "/" and hold no spaces, "?" or "#"' };
  }
});

/** In a list of denied paths: those that are denied where the list is not there. */
const DEFAULT_PATHS = "default";

const deniedPaths = z
  .array(
    z.union([
      z
        .literal(DEFAULT_PATHS)
        .describe(
          `The word ${DEFAULT_PATHS}: the paths that are denied where nothing is said, beside those of the list.`,
        ),
      deniedPath,
    ]),
  )
  .max(256);

const bots = z.strictObject(
  withDefaults({
    minScore: setting(
      z.int().min(1).max(99),
      "The least bot score of Cloudflare (1: certainly a bot, 99: certainly a person) that is let in.",
      30,
      "what Cloudflare calls likely automated is below",
    ),
    allowVerified: setting(
      z.boolean(),
      "Whether bots that Cloudflare knows by name, as search engines, pass whatever their score.",
      true,
      "they say who they are and keep to robots.txt",
    ),
  }),
);

const count = (max: number) => z.int().min(0).max(max);

/** Files that were never meant to be served: version control, settings and keys, at any depth. */
const HIDDEN_FILES = ".*/\\.(?:git|svn|hg|bzr|env|ht|aws|ssh|kube|docker|npmrc|DS_Store)[^/]*(?:/.*)?";

const settings = {
  methods: setting(
    z.array(z.enum(HTTP_METHODS)).max(9),
    "Methods that are let in, those that X-HTTP-Method-Override and its like name among them; others get 405 with Allow. Empty: all. Preflights that the rule's CORS filter answers are always let in.",
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    "what is left out, TRACE and CONNECT, no origin wants from outside",
  ),
  maxUrlLength: setting(
    count(16_384),
    "Longest path and query, in characters, as endpoints would get them; longer ones get 414. 0 is no bound, and Cloudflare's is 16 KB.",
    8_192,
    "one header buffer of nginx",
  ),
  maxHeaders: setting(
    count(10_000),
    "Most header fields; more get 431. Fields of one name are one. 0 is no bound. Cloudflare adds about ten.",
    100,
    "Envoy and Apache",
  ),
  maxHeaderBytes: setting(
    count(131_072),
    "Most bytes of header names and values together; more get 431. 0 is no bound, and Cloudflare's is 128 KB.",
    32_768,
    "nginx: 4 buffers of 8 KiB",
  ),
  maxBodyBytes: setting(
    count(5_000_000_000),
    "Largest body; larger ones get 413, at once when they say so, else as soon as they are. 0 is no bound, and Cloudflare's is 100 MB to 5 GB by plan.",
    10_485_760,
    "10 MiB, as Amazon API Gateway",
  ),
  bodyTimeout: setting(
    duration("0s", "24h"),
    "How long a body may be waited for in all; longer ones get 408. Time that the endpoint takes does not count. 0s is no bound.",
    "5m",
    "a body of 10 MiB at 35 kB/s",
  ),
  bodyGrace: setting(
    duration("100ms", "1h"),
    "How long a body may be waited for, whatever its pace, before minBodyRate counts.",
    "20s",
    "as in Apache",
  ),
  minBodyRate: setting(
    count(1_000_000_000),
    "Bytes per second that a body has to come with, on the average after the grace; slower ones get 408. 0 is no bound.",
    500,
    "as in Apache",
  ),
  deniedPaths: setting(
    deniedPaths,
    "Paths that get 403, in every way in which origins may read them: decoded, slashes merged, without ;parameters. The word default in the list is the default ones: [default, { value: /admin }] adds to them, and a list without it takes their place.",
    [{ type: "RegularExpression", value: HIDDEN_FILES }],
    "what version control, tools and shells leave behind; /.well-known is none of it",
  ),
  ambiguousPaths: setting(
    z.enum(["allow", "traversal", "refuse"]),
    "Paths that origins read in several ways (;parameters, %2F, %5C, %25, %3B, %00) get 400. traversal: those that climb in one reading, as /public/..;/admin. refuse: all.",
    "traversal",
    "nobody climbs by mistake, and %2F may be a name's",
  ),
  underscoreHeaders: setting(
    z.enum(["allow", "refuse"]),
    "Header fields with _ in their names, which CGI, WSGI and PHP take for those with a dash: refuse answers 400 to X_Forwarded_For. What the mesh says of a caller cannot be said so anyway.",
    "allow",
    "callers of some APIs have such fields",
  ),
  deniedUserAgents: setting(
    z.array(z.string().min(1).max(256)).max(256),
    "What User-Agent may not contain, whatever the case; 403.",
    [],
    "it is whatever the caller says",
  ),
  emptyUserAgent: setting(
    z.enum(["allow", "refuse"]),
    "Whether requests without User-Agent are let in; refused ones get 403.",
    "allow",
    "many programs send none",
  ),
  dryRun: setting(
    z.boolean(),
    "Whether what would be refused is written to the log and let in.",
    false,
    "bounds are there to hold",
  ),
};

export const boundsSchema = z.strictObject({
  ...withDefaults(settings),
  bots: bots
    .optional()
    .describe("Refuses bots with 403, where Cloudflare tells scores (Bot Management). Default: nobody is judged."),
});

export const boundsOverrideSchema = z.strictObject({
  ...asOverrides(settings, "what the route's bounds say"),
  bots: bots.optional().describe("In place of the route's. Default: what the route's bounds say."),
});

/** The paths of a list, with those that the word stands for in its place. */
export function deniedPathsOf(list: BoundsConfig["deniedPaths"]): readonly DeniedPathConfig[] {
  return list.flatMap((path) => (path === DEFAULT_PATHS ? defaultPaths() : [path]));
}

function defaultPaths(): readonly DeniedPathConfig[] {
  return deniedPathsOf(boundsSchema.parse({}).deniedPaths);
}

export type DeniedPathConfig = z.output<typeof deniedPath>;
export type BoundsConfig = z.output<typeof boundsSchema>;
export type BoundsOverride = z.output<typeof boundsOverrideSchema>;
