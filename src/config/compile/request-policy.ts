import type { HedgePolicy, RequestPolicy, RetryPolicy } from "../../core/mesh.ts";
import { durationMs } from "../duration.ts";
import type { RuleConfig, ServiceConfig } from "../schema/mesh.ts";
import { hedgeSchema } from "../schema/request-policy.ts";
import { boundsMs, overlay } from "./resolve.ts";

/** Of an attempt that is limited by nothing: longer than any request lives. */
const UNLIMITED_MS = 86_400_000;
const ADAPTIVE_MS = [1_500, 2_000] as const;

/** What a route rule may say. */
export type Overrides = Pick<RuleConfig, "timeouts" | "retry" | "hedge">;

/** A service's settings with the overrides of a rule on top, field by field. */
export function requestPolicy(service: ServiceConfig, rule: Overrides): RequestPolicy {
  return { ...timeouts(service, rule), retry: retryPolicy(service, rule), hedge: hedgePolicy(service, rule) };
}

function timeouts(service: ServiceConfig, rule: Overrides) {
  const said = overlay(service.timeouts, rule.timeouts);
  const requestTimeoutMs = durationMs(said.request);
  const limitMs = requestTimeoutMs === 0 ? UNLIMITED_MS : requestTimeoutMs;
  const [minMs, maxMs] = boundsMs(said.adaptive?.min, said.adaptive?.max, ADAPTIVE_MS);
  const attemptMs = said.backendRequest === undefined ? null : durationMs(said.backendRequest);
  return {
    requestTimeoutMs,
    // A rule may shorten the request below what its service gives to one attempt.
    attemptTimeoutMs: attemptMs === null ? 0 : Math.min(attemptMs === 0 ? limitMs : attemptMs, limitMs),
    attemptTimeoutMinMs: Math.min(minMs, limitMs),
    attemptTimeoutMaxMs: Math.min(maxMs, limitMs),
  };
}

function retryPolicy(service: ServiceConfig, rule: Overrides): RetryPolicy {
  const said = overlay(service.retry, rule.retry);
  // A maximum belongs to the base it was written beside.
  const backoffMax = rule.retry?.backoff === undefined ? said.backoffMax : rule.retry.backoffMax;
  const [backoffBaseMs] = boundsMs(said.backoff, backoffMax, [25, 250]);
  return {
    attempts: said.attempts,
    codes: statuses(said.codes),
    onConnectFailure: said.onConnectFailure,
    onReset: said.onReset,
    onTimeout: said.onTimeout,
    methods: [...new Set(said.methods)],
    idempotencyKey: said.idempotencyKey,
    backoffBaseMs,
    backoffMaxMs: backoffMax === undefined ? 10 * backoffBaseMs : durationMs(backoffMax),
    ...(durationMs(said.backoffMin) > 0 && { backoffMinMs: durationMs(said.backoffMin) }),
    retryAfterMaxMs: durationMs(said.retryAfterMax),
    bufferBytes: said.bufferBytes,
  };
}

function hedgePolicy(service: ServiceConfig, rule: Overrides): HedgePolicy | null {
  if (service.hedge === undefined && rule.hedge === undefined) return null;
  // Naming `hedge` asks for it, in a rule too, unless it says otherwise.
  const said = overlay(service.hedge ?? hedgeSchema.parse({}), rule.hedge && { enabled: true, ...rule.hedge });
  if (!said.enabled) return null;
  return { percentile: said.percentile, minDelayMs: durationMs(said.minDelay), budgetPercent: said.budgetPercent };
}

/** In ascending order, classes spelled out. */
function statuses(codes: readonly (number | "4xx" | "5xx")[]): number[] {
  const all = codes.flatMap((code) => {
    if (typeof code === "number") return [code];
    const from = code === "4xx" ? 400 : 500;
    return Array.from({ length: 100 }, (_, offset) => from + offset);
  });
  return [...new Set(all)].sort((a, b) => a - b);
}
