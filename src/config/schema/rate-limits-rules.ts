/** Rules between the fields of a rate limit: what an algorithm has no use for, and what a scope cannot count. */
import { MAX_LOG_LIMIT } from "../../core/rate-limit/sliding-log.ts";
import { parseDuration } from "../duration.ts";
import { type Finding, isRecord } from "./finding.ts";

/** Fields that only some algorithms have; those in capitals have to be there. */
const OWN_FIELDS: Readonly<Record<string, { readonly of: readonly string[]; readonly isRequired: boolean }>> = {
  window: { of: ["token-bucket", "sliding-window", "sliding-log"], isRequired: true },
  burst: { of: ["token-bucket"], isRequired: false },
  period: { of: ["quota"], isRequired: true },
  maxHold: { of: ["concurrency"], isRequired: false },
};

/** Of the platform's binding, in ms. */
const COLO_PERIODS: readonly (number | null)[] = [10_000, 60_000];

/** What is wrong. Never throws, whatever `limit` is. */
export function* rateLimitFindings(limit: unknown): Iterable<Finding> {
  if (!isRecord(limit)) return;
  const usual = limit.scope === "colo" ? "sliding-window" : "token-bucket";
  const algorithm = typeof limit.algorithm === "string" ? limit.algorithm : usual;
  for (const [field, { of, isRequired }] of Object.entries(OWN_FIELDS)) {
    const isSaid = limit[field] !== undefined;
    if (isSaid && !of.includes(algorithm)) {
      yield { path: [field], message: `has no meaning for ${algorithm}: it belongs to ${listed(of)}` };
    }
    if (!isSaid && isRequired && of.includes(algorithm)) {
      yield { path: [field], message: `is required for ${algorithm}` };
    }
  }
  yield* costFindings(limit, algorithm);
  yield* scopeFindings(limit, algorithm);
}

function* costFindings(limit: Record<string, unknown>, algorithm: string): Iterable<Finding> {
  const cost = highestCost(limit.cost);
  if (algorithm === "sliding-log" && numberOf(limit.limit) > MAX_LOG_LIMIT) {
    const message = `must be at most ${MAX_LOG_LIMIT} for sliding-log, which keeps the time of every unit: sliding-window has no such bound`;
    yield { path: ["limit"], message };
  }
  if (isRecord(limit.cost) && numberOf(limit.cost.default) > (numberOf(limit.cost.max) || 100)) {
    yield { path: ["cost", "default"], message: "must not be above max" };
  }
  if (algorithm === "concurrency") {
    if (limit.cost !== undefined && limit.cost !== 1) {
      yield { path: ["cost"], message: "has no meaning for concurrency: a request takes one place" };
    }
    return;
  }
  const isBurst = algorithm === "token-bucket" && limit.burst !== undefined;
  const most = numberOf(isBurst ? limit.burst : limit.limit);
  if (most > 0 && cost > most) {
    const message = `${cost} is above the ${isBurst ? "burst" : "limit"} of ${most}: such a request could never pass`;
    yield { path: isRecord(limit.cost) ? ["cost", "max"] : ["cost"], message };
  }
}

function* scopeFindings(limit: Record<string, unknown>, algorithm: string): Iterable<Finding> {
  const { scope, binding } = limit;
  const isLocal = scope === "local" || (scope === undefined && algorithm !== "quota");
  if (typeof scope === "string" && scope !== "local" && (algorithm === "concurrency" || algorithm === "sliding-log")) {
    const fix = algorithm === "sliding-log" ? ": sliding-window can be shared" : "";
    yield { path: ["scope"], message: `must be local for ${algorithm}${fix}` };
    return;
  }
  if (scope !== "colo" && binding !== undefined) {
    yield { path: ["binding"], message: "has no meaning: only scope colo asks a binding" };
  }
  if ((isLocal || scope === "colo") && limit.exact === true) {
    yield { path: ["exact"], message: "has no meaning: only scope global lends" };
  }
  if (isLocal && limit.onFailure !== undefined) {
    yield { path: ["onFailure"], message: "has no meaning for scope local: nobody else is asked" };
  }
  if (scope !== "colo") return;
  if (binding === undefined) {
    const message = "is required for scope colo: the name of a [[ratelimits]] binding in wrangler.toml";
    yield { path: ["binding"], message };
  }
  if (algorithm !== "sliding-window") {
    yield { path: ["algorithm"], message: "must be sliding-window for scope colo: the platform's binding counts so" };
  } else if (typeof limit.window === "string" && !COLO_PERIODS.includes(parseDuration(limit.window))) {
    yield {
      path: ["window"],
      message: "must be 10s or 1m for scope colo: the periods that the platform's binding has",
    };
  }
  if (limit.cost !== undefined && limit.cost !== 1) {
    yield { path: ["cost"], message: "must be 1 for scope colo: the platform's binding counts requests" };
  }
}

/** The most that a request may cost. */
function highestCost(cost: unknown): number {
  if (isRecord(cost)) return numberOf(cost.max) || 100;
  return typeof cost === "number" ? cost : 1;
}

/** 0 for what is no number. */
function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function listed(names: readonly string[]): string {
  return names.join(", ");
}
