import * as z from "zod";
import { nearest } from "../nearest.ts";
import { duration } from "./duration.ts";
import { withRule } from "./finding.ts";
import { headerName } from "./names.ts";
import { derived, required, setting, withDefaults } from "./setting.ts";

const className = () => z.string().regex(/^[\x21-\x7e]{1,64}$/, { error: "must be 1 to 64 characters without spaces" });
const concurrent = () => z.int().min(0).max(1_000_000_000);

const defaultClass = derived(
  className(),
  "Class of requests without the header or with another value.",
  "the last of `classes`",
);

const requestClass = z.strictObject({
  header: required(headerName(), "Header whose value is the class."),
  classes: required(z.array(className()).min(1).max(16), "All classes, most important first. The last is shed first."),
  ...withDefaults({
    defaultClass,
    trust: setting(
      z.enum(["mesh", "callers"]),
      "Whose word on the class counts. mesh: what a rule's RequestHeaderModifier sets, and claims that providers put into the header. callers: what they send, too; then every one of them may say that he is the most important.",
      "mesh",
      "secure by default",
    ),
  }),
});

const { classes } = requestClass.shape;
withRule(requestClass, { classes, defaultClass: defaultClass.schema }, function* (own) {
  if (own.classes.includes(own.defaultClass)) return;
  const suggestion = nearest(own.defaultClass, own.classes);
  const message = `${own.defaultClass} is not one of the classes: ${own.classes.join(", ")}`;
  yield { path: ["defaultClass"], message, ...(suggestion !== undefined && { suggestion }) };
});
withRule(requestClass, { classes }, function* (own) {
  for (const [index, name] of own.classes.entries()) {
    if (own.classes.indexOf(name) < index) yield { path: ["classes", index], message: `class ${name} is listed twice` };
  }
});

const settings = {
  maxRequests: setting(
    concurrent(),
    "Concurrent requests of the service, over all isolates of a region as far as the last snapshot knows; 0 is no limit.",
    0,
    "no limit; Envoy: 1024 per process",
  ),
  maxRequestsPerEndpoint: setting(concurrent(), "The same for each endpoint.", 0, "no limit, as in Envoy"),
  retryAfter: setting(
    duration("0s", "1h"),
    "What Retry-After says when a request is refused.",
    "1s",
    "the shortest it can say",
  ),
};

const adaptiveConcurrency = z.strictObject(
  withDefaults({
    enabled: setting(z.boolean(), "Whether endpoints are limited.", true, "saying adaptiveConcurrency asks for it"),
    tolerance: setting(
      z.number().min(1.1).max(10),
      "Latency that is tolerated, as a multiple of the latency without a queue.",
      1.5,
      "as in Netflix's gradient limiter",
    ),
    minQueue: setting(
      duration("1ms", "10s"),
      "Queueing that is tolerated in any case.",
      "50ms",
      "a few requests of usual origins",
    ),
    minAdmitPercent: setting(
      z.number().min(1).max(100),
      "Share of the requests that is let in however long they take: without any, nothing would be learnt.",
      5,
      "one request in twenty",
    ),
  }),
);

const own = withDefaults(settings);
const { maxRequests, maxRequestsPerEndpoint } = own;

export const limitsSchema = z.strictObject({
  ...own,
  requestClass: requestClass
    .optional()
    .describe("Classes of requests, of which the lowest are shed first. Default: one class."),
  adaptiveConcurrency: adaptiveConcurrency
    .optional()
    .describe(
      "Limits each endpoint by what it makes of its requests, in place of shedding by known capacity. Default: off: what it is worth was measured on simulated equal origins only (src/core/limit).",
    ),
});

withRule(limitsSchema, { maxRequests, maxRequestsPerEndpoint }, function* (limits) {
  const { maxRequests: all, maxRequestsPerEndpoint: each } = limits;
  if (all === 0 || each <= all) return;
  const message = `${each} can never be reached: maxRequests allows ${all} for the whole service`;
  yield { path: ["maxRequestsPerEndpoint"], message };
});
