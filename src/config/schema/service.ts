import * as z from "zod";
import { MAX_SHARDS } from "../../core/monitor/monitor-name.ts";
import { brokenRules } from "../decode/broken-rules.ts";
import { overlayDeep } from "../overlay.ts";
import { anomalyDetectionSchema } from "./anomaly-detection.ts";
import { circuitBreakerSchema } from "./circuit-breaker.ts";
import { serviceCredentials } from "./credentials/credentials.ts";
import { serviceDiscoverySchema } from "./discovery.ts";
import { duration } from "./duration.ts";
import { endpointSchema, MAX_ENDPOINTS } from "./endpoint.ts";
import { extensionOf } from "./extension.ts";
import { failoverSchema } from "./failover.ts";
import { fallbackSchema } from "./fallback.ts";
import { isRecord, recordOf, withFindings, withRule } from "./finding.ts";
import { healthCheckSchema } from "./health-checks.ts";
import { limitsSchema } from "./limits.ts";
import { loadBalancingSchema } from "./load-balancing.ts";
import { NAME_MESSAGE, NAME_PATTERN, placedName } from "./names.ts";
import { selfHealingSchema } from "./notifications.ts";
import { outlierDetectionSchema } from "./outlier-detection.ts";
import { overridesOf } from "./overrides.ts";
import { hedgeOverrideSchema, hedgeSchema, retrySchema, timeoutsSchema } from "./request-policy.ts";
import { derived, group, required, setting, withDefaults } from "./setting.ts";
import { sloFindings, sloSchema } from "./slo.ts";
import { clientCertificate, plaintext, plaintextFindings } from "./transport.ts";

const slowStart = z.strictObject(
  withDefaults({
    window: setting(
      duration("0s", "1h"),
      "An endpoint that comes back, or is new, reaches its full weight after so long; 0s is off.",
      "10s",
      "Envoy has none by default, and lets an ejected endpoint return with all its traffic at once",
    ),
    aggression: setting(
      z.number().gt(0).max(100),
      "Weight grows as (elapsed / window)^(1/aggression): 1 is linear, more is faster at first.",
      1,
      "as in Envoy",
    ),
    minWeightPercent: setting(
      z.number().min(0).max(100),
      "Least weight, in percent of the full one.",
      10,
      "as in Envoy",
    ),
  }),
);

const lists = {
  healthChecks: setting(
    z.array(healthCheckSchema).max(8),
    "Active checks. Traffic itself is always evidence; checks add what happens without traffic.",
    [],
    "they cost requests",
  ),
  fallback: setting(
    fallbackSchema,
    "What to try, in this order, when no endpoint could answer.",
    [],
    "the error is passed on",
  ),
  panicThreshold: setting(
    z.number().min(0).max(100),
    "Percent of available endpoints below which availability is ignored, as the rest could not bear the load; 0 is never.",
    0,
    "as Istio sets it with outlier detection; Envoy has 50, which sends most first attempts of a small pool to dead endpoints. Shedding and limits look after the load",
  ),
  slo: setting(
    sloSchema,
    "Objectives: what the service promises. Each has a budget of errors; who is woken when it burns is up to notifications.",
    [],
    "nothing is promised",
  ),
  stateShards: setting(
    z.int().min(1).max(MAX_SHARDS),
    "Durable Objects per region that take the isolates' reports, under one that decides. One takes about 500 reports a second.",
    1,
    "500 busy isolates in a region, or 2,500 quiet ones, need no more",
  ),
};

const { outcomeClassifier } = withDefaults({
  outcomeClassifier: derived(
    extensionOf("classifier"),
    "Says whether an answer is good, a failure or a plea for less, by its status and headers. Registered in code.",
    "by status: 5xx fails; 429, and 503 with Retry-After, ask for less",
  ),
});

const settings = {
  loadBalancing: group(loadBalancingSchema, "How an endpoint is chosen."),
  ...withDefaults(lists),
  outcomeClassifier,
  outlierDetection: group(outlierDetectionSchema, "Ejection of endpoints that stand out, with Envoy's parameters."),
  circuitBreaker: group(circuitBreakerSchema, "The breaker of each endpoint: what opens it and how it half-opens."),
  anomalyDetection: group(
    anomalyDetectionSchema,
    "What is done about endpoints that degrade before they fail: events, and a part of their traffic goes elsewhere.",
  ),
  failover: group(failoverSchema, "When traffic moves, and where to."),
  retry: group(retrySchema, "Which failures are tried again, and how."),
  hedge: hedgeSchema
    .optional()
    .describe(
      "A second attempt while the first is late; the first good answer wins. Default: off (it costs requests).",
    ),
  timeouts: group(timeoutsSchema, "How long a request and its attempts may take."),
  limits: group(limitsSchema, "How much the service takes at once."),
  slowStart: group(slowStart, "How an endpoint that comes back gets its traffic."),
};

const { labels } = endpointSchema.shape;
const WHOLE = "what the service has";

const subset = z.strictObject({
  labels: required(labels.unwrap(), "Labels that an endpoint has to have, all of them."),
  ...overridesOf(z.strictObject(settings), WHOLE).shape,
  hedge: hedgeOverrideSchema.optional().describe(`As of a service. Default: ${WHOLE}.`),
});

export const serviceSchema = z.strictObject({
  endpoints: required(
    z.array(endpointSchema).max(MAX_ENDPOINTS),
    `Where the service runs: at most ${MAX_ENDPOINTS} endpoints. A service without any answers 503.`,
  ),
  ...withDefaults({
    aliases: setting(z.array(placedName()).max(64), "Other names that references may use.", [], "it has one name"),
    subsets: setting(
      recordOf(NAME_PATTERN, NAME_MESSAGE, subset),
      "Parts of the service by label, for backendRefs. Each is balanced and judged as a service of its own, named service/subset.",
      {},
      "the service is whole",
    ),
    discovery: derived(
      serviceDiscoverySchema,
      "Where more endpoints are found while the mesh runs, beside those listed.",
      "nowhere",
    ),
    selfHealing: setting(
      selfHealingSchema,
      "Webhooks to call when an endpoint is out, to restart it or to add others.",
      [],
      "nothing is called",
    ),
    credentials: serviceCredentials,
    plaintext,
    clientCertificate,
  }),
  ...settings,
});

withFindings(serviceSchema, sloFindings);
withFindings(serviceSchema, plaintextFindings);

/** What a subset states has to go with what it inherits. */
withFindings(serviceSchema, function* (service) {
  if (!isRecord(service) || !isRecord(service.subsets)) return;
  const { subsets, aliases, ...whole } = service;
  for (const [name, subset] of Object.entries(service.subsets)) {
    if (!isRecord(subset)) continue;
    const { labels, ...over } = subset;
    for (const finding of brokenRules(serviceSchema, overlayDeep(whole, over))) {
      if (Object.hasOwn(over, finding.path[0] ?? "")) yield { ...finding, path: ["subsets", name, ...finding.path] };
    }
  }
});

withFindings(serviceSchema, function* (service) {
  const endpoints = isRecord(service) && Array.isArray(service.endpoints) ? service.endpoints : [];
  const first = new Map<string, number>();
  for (const [index, endpoint] of endpoints.entries()) {
    if (!isRecord(endpoint) || typeof endpoint.id !== "string") continue;
    const before = first.get(endpoint.id);
    if (before === undefined) first.set(endpoint.id, index);
    else yield { path: ["endpoints", index, "id"], message: `endpoints[${before}] has the id ${endpoint.id} already` };
  }
});

const { policy } = loadBalancingSchema.shape;
const { methods, idempotencyKey } = retrySchema.shape;

withRule(
  serviceSchema,
  { loadBalancing: z.object({ policy }).prefault({}), failover: z.object({ mode: z.string() }) },
  function* ({ loadBalancing, failover }) {
    if (failover.mode !== "learning" || loadBalancing.policy === "adaptive") return;
    const message = `learning needs the adaptive policy; ${loadBalancing.policy} has no probabilities`;
    yield { path: ["failover", "mode"], message };
  },
);

withRule(
  serviceSchema,
  {
    endpoints: z.array(z.unknown()),
    loadBalancing: z.object({ policy: z.literal("maglev"), hash: z.object({ tableSize: z.number() }) }),
  },
  function* ({ endpoints, loadBalancing: { hash } }) {
    if (hash.tableSize >= endpoints.length) return;
    const message = `a table of ${hash.tableSize} cannot hold ${endpoints.length} endpoints`;
    yield { path: ["loadBalancing", "hash", "tableSize"], message };
  },
);

export const HEDGE_NEEDS_METHODS =
  "nothing may be hedged: retry.methods is empty and retry.idempotencyKey is false, so no request may be sent twice";

withRule(
  serviceSchema,
  {
    hedge: z.object({ enabled: hedgeSchema.shape.enabled }),
    retry: z.object({ methods, idempotencyKey }).prefault({}),
  },
  function* ({ hedge, retry }) {
    if (!hedge.enabled || retry.methods.length > 0 || retry.idempotencyKey) return;
    yield { path: ["hedge"], message: HEDGE_NEEDS_METHODS };
  },
);
