/**
 * Envoy's local rate limits: the token bucket of a listener, a virtual host or a route, as a rate limit of scope local in which
 * everything is counted together. Each place has one bucket there, so each has a limit with a name here.
 *
 * Envoy adds tokens at once when a fill interval is over, Heddle evenly; in the long run it is the same.
 */
import { rateLimitSchema } from "../../config/schema/rate-limits.ts";
import { boundedDuration } from "../proxy/bounded-duration.ts";
import { fitting, type Settings } from "../proxy/draft.ts";
import { freeName } from "../proxy/endpoint-names.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import { runtimeFraction } from "./strings.ts";

export const LOCAL_RATE_LIMIT = "envoy.filters.http.local_ratelimit";
export const LOCAL_RATE_LIMIT_TYPE = /\.LocalRateLimit$/;

/** Names of limits are at most so long. */
const MAX_NAME = 63;
/** Windows are at least so long: more intervals make one. */
const MIN_WINDOW_MS = 1_000;

export class LocalRateLimits {
  readonly #configs = new Map<string, Settings>();
  /** By place; null: no limit comes of it. */
  readonly #known = new Map<string, string | null>();

  /** The `rateLimits` of the config. */
  get configs(): Readonly<Record<string, Settings>> {
    return Object.fromEntries(this.#configs);
  }

  /** Name of the limit that a filter's settings say; null when they limit nothing, or nothing that can be carried over. */
  nameOf(node: SourceNode): string | null {
    const place = `${node.document} ${node.path}`;
    const known = this.#known.get(place);
    if (known !== undefined) return known;
    node.claim();
    const limit = limitOf(node);
    const name =
      limit === null ? null : freeName(node.text("stat_prefix") ?? "", new Set(this.#configs.keys()), MAX_NAME);
    this.#known.set(place, name);
    if (name !== null && limit !== null) this.#configs.set(name, limit);
    return name;
  }
}

function limitOf(node: SourceNode): Settings | null {
  node.ignore("@type", "stat_prefix", "always_consume_default_token_bucket", "stage", "vh_rate_limits");
  noteLosses(node);
  const bucket = node.object("token_bucket");
  if (bucket === undefined) return null;
  if (shareOf(node, "filter_enabled", "counts") === 0) {
    // Nothing of it is lost: it did nothing.
    bucket.pass();
    node.pass();
    node.note("", "it limits nothing, there or here: filter_enabled is 0 %, as where it is not said", "changed");
    return null;
  }
  const isEnforced = shareOf(node, "filter_enforced", "is refused") > 0;
  if (node.flag("local_rate_limit_per_downstream_connection") === true) {
    const reason = "connections are not counted apart: the limit is left out";
    node.note("local_rate_limit_per_downstream_connection", reason, "security");
    return null;
  }
  const intervalMs = bucket.durationMs("fill_interval") ?? 0;
  const tokens = bucket.number("tokens_per_fill") ?? 1;
  if (intervalMs <= 0 || tokens < 1) {
    bucket.invalid("fill_interval", "is required");
    return null;
  }
  const intervals = Math.ceil(MIN_WINDOW_MS / intervalMs);
  const { text: window, changed } = boundedDuration(intervalMs * intervals, { min: "1s", max: "24h" });
  if (changed !== null) bucket.note("fill_interval", changed, "changed");
  const answered = node.text("enable_x_ratelimit_headers") ?? "OFF";
  const limit: Settings = {
    limit: tokens * intervals,
    window,
    burst: bucket.number("max_tokens") ?? 1,
    key: [],
    headers: answered !== "OFF",
    ...(!isEnforced && { dryRun: true }),
  };
  const kept = fitting(rateLimitSchema, limit, (_, message) =>
    bucket.note("", `${message}: the limit is left out`, "security"),
  );
  return Object.keys(kept).length === Object.keys(limit).length ? limit : null;
}

/** 0 or 1: a share of requests is all of them. Envoy takes 0 when it is not said. */
function shareOf(node: SourceNode, field: string, what: string): 0 | 1 {
  const share = node.object(field);
  const { numerator, denominator } = share === undefined ? { numerator: 0, denominator: 100 } : runtimeFraction(share);
  if (numerator === 0) return 0;
  if (numerator < denominator) share?.note("", `every request ${what}, not a share`, "changed");
  return 1;
}

function noteLosses(node: SourceNode): void {
  const code = node.object("status")?.text("code") ?? "TooManyRequests";
  if (!/^(429|TooManyRequests)$/.test(code)) node.note("status", "refused requests get 429", "changed");
  node.drop("descriptors", "buckets by descriptor are not carried over; that of everything is", "security");
  node.drop("rate_limits", "descriptors are not carried over", "security");
  node.drop("local_cluster_rate_limit", "each isolate has a bucket of its own");
  node.drop("request_headers_to_add_when_not_enforced", "requests are not marked");
  node.drop("response_headers_to_add", "refusals say what is left, and nothing of the config");
  node.drop("rate_limited_as_resource_exhausted", "refusals are HTTP answers");
}
