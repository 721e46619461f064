/**
 * How one request is carried: timeouts, retry and hedge. A service states them, a route rule overrides single fields;
 * both come from the same settings. Names are those of the Gateway API's HTTPRoute where it has one.
 */
import * as z from "zod";
import { NO_BUDGET_PERCENT } from "../../core/retry/budget.ts";
import { durationMs } from "../duration.ts";
import { duration } from "./duration.ts";
import { type Finding, withRule } from "./finding.ts";
import { HTTP_METHODS } from "./names.ts";
import { asOverrides, derived, group, setting, withDefaults } from "./setting.ts";

const SERVICES = "what the service has";

const adaptiveBounds = {
  min: derived(duration("1ms", "1h"), "Never shorter.", "1500ms, or max when that is shorter (simulation)"),
  max: derived(duration("1ms", "1h"), "Never longer.", "2s, or min when that is longer (simulation)"),
};

const adaptive = withRule(
  z.strictObject(withDefaults(adaptiveBounds)),
  { min: adaptiveBounds.min.schema, max: adaptiveBounds.max.schema },
  function* ({ min, max }) {
    if (durationMs(min) > durationMs(max)) yield { path: ["max"], message: `${max} is shorter than min, ${min}` };
  },
);

const timeouts = {
  request: setting(
    duration("0s", "1h"),
    "For the whole request up to the first byte: all attempts and the waits between them; 0s is none.",
    "15s",
    "Envoy's route timeout",
  ),
  backendRequest: derived(
    duration("0s", "1h"),
    "For the first byte of one attempt, from when it is sent: a token that has to be fetched before has as long again. A body that flows is never cut. 0s: only `request` counts.",
    "adaptive: eight times the measured latency within the bounds of `adaptive`",
  ),
  adaptive: derived(
    adaptive,
    "Bounds of the adaptive timeout of one attempt.",
    "1500ms and 2s: eight times the mean is about the 99.97th percentile, and simulated faults ended sooner than with more",
  ),
};

const RETRIABLE = 'expected a status of at least 400 and at most 599, "4xx" or "5xx"';
const retriable = z.union([z.int().min(400).max(599), z.literal(["4xx", "5xx"])], { error: RETRIABLE });

const retry = {
  attempts: setting(
    z.int().min(0).max(10),
    "Further attempts after the first; 0 switches retries off.",
    2,
    "two more clouds; Envoy: 1, Istio: 2",
  ),
  codes: setting(
    z.array(retriable).max(64),
    'Answers that are tried again: statuses, "4xx" or "5xx".',
    [500, 502, 503, 504],
    "the codes the Gateway API asks for",
  ),
  onConnectFailure: setting(z.boolean(), "Retry when no connection came about.", true, "the origin saw nothing"),
  onReset: setting(z.boolean(), "Retry when the connection broke before an answer.", true, "as the Gateway API asks"),
  onTimeout: setting(z.boolean(), "Retry when an attempt timed out.", true, "as in Envoy for a per-try timeout"),
  methods: setting(
    z.array(z.enum([...HTTP_METHODS, "*"])).max(16),
    'Methods that may be sent twice; "*" is all of them.',
    ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"],
    "the idempotent ones of RFC 9110; Envoy and Istio repeat any",
  ),
  idempotencyKey: setting(
    z.boolean(),
    "Whether a request with an Idempotency-Key header may be sent twice whatever its method.",
    true,
    "that is what the header promises",
  ),
  backoff: derived(
    duration("0s", "1m"),
    "Base of the wait: random in [0, min(backoffMax, backoff * 2^n)). The first retry at another endpoint does not wait.",
    "25ms, or backoffMax when that is shorter (as in Envoy)",
  ),
  backoffMax: derived(duration("0s", "10m"), "Longest wait.", "ten times backoff, as in Envoy"),
  backoffMin: setting(
    duration("0s", "1m"),
    "Never sooner: waited before every retry, the first at another endpoint included, on top of what is drawn. The Gateway API's backoff is both this and the base.",
    "0s",
    "as in Envoy; another endpoint need not be waited for",
  ),
  retryAfterMax: setting(
    duration("0s", "1m"),
    "A longer Retry-After is not waited for: the answer is passed on.",
    "1s",
    "a downstream waits no longer for a page",
  ),
  bufferBytes: setting(
    z.int().min(0).max(8_388_608),
    "Largest request body kept for a retry; a larger one streams once and is never retried.",
    65_536,
    "Linkerd",
  ),
};

const hedge = {
  enabled: setting(z.boolean(), "Whether to hedge at all.", true, "naming `hedge` asks for it"),
  percentile: setting(
    z.number().min(50).max(99.9),
    "A second attempt is sent once the first took longer than this percentile of recent answers.",
    95,
    "Dean and Barroso, The Tail at Scale",
  ),
  minDelay: setting(duration("0s", "1m"), "Never sooner than this.", "10ms", "The Tail at Scale"),
  budgetPercent: setting(
    z.number().min(0).max(100),
    "At most this percent of requests is hedged.",
    5,
    "what the 95th percentile asks for",
  ),
};

const budget = z.strictObject(
  withDefaults({
    percent: setting(
      z.number().min(0).max(NO_BUDGET_PERCENT),
      "Retries as a percent of requests, over the whole mesh. No isolate has a minimum of its own. 1000 is no budget: every rule's attempts are made, whatever happens.",
      20,
      "Envoy, Finagle and Linkerd",
    ),
  }),
);

const ownTimeouts = withDefaults(timeouts);
export const timeoutsSchema = withRule(
  z.strictObject(ownTimeouts),
  { request: ownTimeouts.request, backendRequest: timeouts.backendRequest.schema },
  (own) => attemptFits(own.backendRequest, own.request),
);
/** Whether an attempt fits into its request is judged where the service is known: schema/references.ts. */
export const timeoutsOverrideSchema = z.strictObject(asOverrides(timeouts, SERVICES));

const ownRetry = withDefaults(retry);
export const retrySchema = backoffGrows(
  z.strictObject({ ...ownRetry, budget: group(budget, "How many retries there may be in all.") }),
);
export const retryOverrideSchema = backoffGrows(z.strictObject(asOverrides(retry, SERVICES)));

export const hedgeSchema = z.strictObject(withDefaults(hedge));
export const hedgeOverrideSchema = z.strictObject(
  asOverrides(hedge, `${SERVICES}, or what a service's hedge defaults to`),
);

/** One attempt may not be given longer than the whole request; 0s on either side is no limit. Path: the attempt's. */
export function* attemptFits(backendRequest: string, request: string): Iterable<Finding> {
  const [attemptMs, requestMs] = [durationMs(backendRequest), durationMs(request)];
  if (requestMs === 0 || attemptMs <= requestMs) return;
  const message = `one attempt may not take longer than the whole request: ${backendRequest} is more than ${request}`;
  yield { path: ["backendRequest"], message };
}

function backoffGrows<S extends z.ZodType>(schema: S): S {
  const needs = { backoff: retry.backoff.schema, backoffMax: retry.backoffMax.schema };
  return withRule(schema, needs, function* (own) {
    if (durationMs(own.backoff) <= durationMs(own.backoffMax)) return;
    yield { path: ["backoffMax"], message: `${own.backoffMax} is shorter than backoff, ${own.backoff}` };
  });
}
